"""Running a contest through the API: rules of ranking, who takes part, final results; overall standings."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from judge.models.words import EntryKind, Format, Ladder, Policy
from judge.services.boards.conducting import MAX_SELECTED
from web.api.queries import LINE, In, RowId, Slug
from web.api.schema_base import JsonObject, Number, Out

Line = Annotated[str, Field(max_length=300, pattern=LINE)]
Real = Annotated[float, Field(allow_inf_nan=False)]


class StandingsQuery(In):
    """Which part of a contest's overall ranking."""

    split: Literal["public", "private"] = "public"
    track: Slug | None = None
    phase: Annotated[int, Field(ge=0, le=1000)] | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    offset: Annotated[int, Field(ge=0, le=10_000_000)] = 0


class StandingOut(Out):
    """One team; `rank` is null for a baseline. `cells` says what each problem gave."""

    rank: int | None
    team: str
    is_own: bool
    is_baseline: bool
    total: Number
    penalty: int
    cells: dict[str, JsonObject]


class StandingsOut(Out):
    """A page of an overall ranking. `problems` maps slugs to what each gives at most, in order."""

    contest: str
    format: Format
    problems: dict[str, float]
    split: str
    track: str
    is_frozen: bool
    is_final: bool
    n_teams: int
    own_rank: int | None
    limit: int
    offset: int
    rows: list[StandingOut]


Quota = Annotated[int, Field(ge=1, le=1_000_000)]


class PhaseIn(In):
    """What is changed of a phase; what is not named stays as it is."""

    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    reveal_at: AwareDatetime | None = None
    quota_per_day: Quota | None = None
    quota_total: Quota | None = None
    quota_faults_per_day: Quota | None = None
    quota_concurrent: Quota | None = None
    quota_renews_h: Annotated[int, Field(ge=0, le=23)] = 0
    quota_zone: Annotated[str, Field(max_length=64, pattern=LINE)] = "UTC"
    late_until: AwareDatetime | None = None
    late_penalty_per_day: Annotated[float, Field(ge=0, le=1)] = 0
    grace_days: Annotated[int, Field(ge=0, le=365)] = 0
    ladder: Ladder = Ladder.OFF
    ladder_step: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None


class RulesIn(In):
    """Which of a team's submissions counts, and from when on contestants see the board frozen."""

    policy: Policy = Policy.BEST
    n_selected: Annotated[int, Field(ge=1, le=MAX_SELECTED)] = 2
    freeze_at: AwareDatetime | None = None


class ActIn(In):
    """What is done with a phase's board."""

    act: Literal["freeze", "thaw", "finalize", "reopen"]


class RulesOut(Out):
    """How a phase is ranked."""

    phase: int
    policy: Policy
    n_selected: int
    freeze_at: datetime | None
    thawed_at: datetime | None
    finalized_at: datetime | None


class ScaleIn(In):
    """Scores from `zero` to `full` give up to `points`, in proportion."""

    zero: Real = 0.0
    full: Real = 1.0
    points: Real = 100.0


class FormatIn(In):
    """How a contest adds its problems up; problems that are not named keep their scale."""

    format: Format
    problems: Annotated[dict[Slug, ScaleIn], Field(max_length=100)] = Field(default_factory=dict)


class ScaleOut(Out):
    """A problem's scale."""

    problem: str
    zero: float
    full: float
    points: float


class FormatOut(Out):
    """How a contest adds its problems up."""

    contest: str
    format: Format
    problems: list[ScaleOut]


class TextsIn(In):
    """A text in both languages."""

    en: Line = ""
    zh: Line = ""


class TrackIn(In):
    """A parallel ranking."""

    slug: Slug
    names: TextsIn
    eligibility: TextsIn = TextsIn()


class TrackOut(Out):
    """A parallel ranking."""

    slug: str
    names: dict[str, str]
    eligibility: dict[str, str]


class TracksOut(Out):
    """All tracks of a contest."""

    items: list[TrackOut]


class EntriesQuery(In):
    """Paging of who takes part."""

    cursor: RowId | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class EntrantIn(In):
    """What is to change about a team's part; what is left out stays. A disqualification needs a `reason`."""

    status: Literal["in", "disqualified", "withdrawn"] | None = None
    reason: Line = ""
    kind: EntryKind | None = None
    tracks: Annotated[tuple[Slug, ...], Field(max_length=20)] | None = None


class EntrantOut(Out):
    """How a team takes part."""

    team_id: int
    team: str
    kind: EntryKind
    status: Literal["in", "disqualified", "withdrawn"]
    tracks: list[str]
    entered_at: datetime


class EntrantsOut(Out):
    """Who takes part, in the order of entering. `next` is the cursor of the next page."""

    items: list[EntrantOut]
    next: int | None


class MergeIn(In):
    """Which team goes over to which. `name` is for the new team where both are teams of one."""

    into: RowId
    team: RowId
    name: Annotated[str, Field(max_length=60, pattern=LINE)] = ""


class MergedOut(Out):
    """The team that is left."""

    team_id: int
    team: str


class ChoiceIn(In):
    """Whether a submission is to be one of the team's final ones."""

    is_selected: bool


class ChoiceOut(Out):
    """The team's choice on this problem."""

    submission: str
    is_selected: bool
    n_selected: int
    limit: int
