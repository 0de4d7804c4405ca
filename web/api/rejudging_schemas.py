"""Rejudgings in the API: what is taken and what is given, as types."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

from judge.models.words import Verdict
from judge.services.rejudgings.selection import MAX_NAMED, Selection
from web.api.queries import LINE, In, RowId, Slug
from web.api.schema_base import JsonObject, Number, Out

VersionName = Annotated[str, Field(min_length=1, max_length=40, pattern=LINE)]
TeamName = Annotated[str, Field(min_length=1, max_length=60, pattern=LINE)]
PublicId = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,26}$")]
Reason = Annotated[str, Field(max_length=500, pattern=LINE)]


class ReasonsIn(In):
    """What contestants read once it is applied; one language is enough."""

    en: Reason = ""
    zh: Reason = ""


class SelectionIn(In):
    """Which submissions. What is left out does not narrow it."""

    contest: Slug
    problem: Slug | None = None
    version: Annotated[
        VersionName | None, Field(description="of `problem`, to judge by; the current one without it")
    ] = None
    phase: Annotated[int, Field(ge=0, le=1000)] | None = None
    verdicts: tuple[Verdict, ...] = ()
    judged_by: Annotated[VersionName | None, Field(description="version of the present result")] = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    teams: Annotated[tuple[TeamName, ...], Field(max_length=MAX_NAMED)] = ()
    submissions: Annotated[tuple[PublicId, ...], Field(max_length=MAX_NAMED)] = ()
    rejudging: Annotated[RowId | None, Field(description="an earlier one that they were part of")] = None

    def selection(self) -> Selection:
        """Return it as the domain has it."""
        fields = self.model_dump(exclude={"contest", "reasons"})
        many = {name: tuple(fields[name]) for name in ("verdicts", "teams", "submissions")}
        return Selection(**{**fields, **many})


class RejudgingIn(SelectionIn):
    """A rejudging to be begun."""

    reasons: ReasonsIn


class RejudgingsQuery(In):
    """Filter and paging of the list."""

    contest: Slug | None = None
    cursor: RowId | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class ChangesQuery(In):
    """Filters and paging of the changes."""

    old: Verdict | None = None
    new: Verdict | None = None
    all: Annotated[bool, Field(description="also what stayed the same")] = False
    cursor: RowId | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class RanksQuery(In):
    """How many to show."""

    limit: Annotated[int, Field(ge=1, le=500)] = 50


class ApplyIn(In):
    """How to apply."""

    partial: Annotated[
        bool, Field(description="take over what can be; cancel what is not finished, leave the rest")
    ] = False


class DiscardIn(In):
    """Nothing is asked."""


class BatchOut(Out):
    """One problem's share of a selection."""

    problem: str
    version: str
    n_selected: int
    skipped: dict[str, int]


class SelectedOut(Out):
    """What a selection picks now. `skipped` counts by reason: `final`, `unfinished`, `open`, `format`."""

    n_selected: int
    problems: list[BatchOut]


class ProgressOut(Out):
    """How far it is."""

    n_total: int
    n_queued: int
    n_running: int
    n_done: int
    n_cancelled: int
    n_judge_errors: int
    n_changed: int
    is_finished: bool


class HindrancesOut(Out):
    """What stands against applying all of it."""

    n_unfinished: int
    n_failed: int
    n_overtaken: int


class RejudgingOut(Out):
    """A rejudging."""

    id: int
    contest: str
    state: Annotated[str, Field(description="open, applied or discarded")]
    reason: str
    reasons: dict[str, str]
    selection: JsonObject
    n_selected: int
    skipped: dict[str, int]
    outcome: dict[str, int]
    created_by: str
    created_at: datetime
    closed_by: str | None
    closed_at: datetime | None
    progress: ProgressOut
    urls: dict[str, str]


class CellOut(Out):
    """How many went from one verdict to another; `new` is null for what has none."""

    old: str
    new: str | None
    n: int


class RejudgingDetailOut(RejudgingOut):
    """A rejudging with what it found."""

    matrix: list[CellOut]
    hindrances: Annotated[HindrancesOut | None, Field(description="null once it is decided")]


class RankChangeOut(Out):
    """A team's place on a board, before and after; null is no place."""

    problem: Annotated[str | None, Field(description="null: overall, where problems are added up")]
    phase: int
    board: str
    track: Annotated[str, Field(description="empty for all teams")]
    team: str
    old_rank: int | None
    new_rank: int | None
    old_score: Number
    new_score: Number


class RanksOut(Out):
    """How ranks would change: the best places first, of `n_total` changes."""

    items: list[RankChangeOut]
    n_total: int


class RejudgingsOut(Out):
    """Rejudgings, the newest first. `next` is the cursor of the next page."""

    items: list[RejudgingOut]
    next: int | None


class SideOut(Out):
    """One of two results."""

    verdict: str
    problem_version: str
    metric: str
    score: Number
    score_private: Number


class RejudgedOut(Out):
    """One change of a submission's result. `delta` is null where the two cannot be compared."""

    at: datetime
    reason: str
    reasons: dict[str, str]
    old: SideOut
    new: SideOut
    delta: Number
    delta_private: Number
    is_better: bool | None


class ChangeOut(Out):
    """One submission, before and after."""

    submission: str
    problem: str
    team: str
    old: SideOut
    new: SideOut
    delta: Number
    delta_private: Number
    is_better: bool | None
    is_better_private: bool | None
    is_overtaken: bool


class ChangesOut(Out):
    """Changes in the order of handing in. `next` is the cursor of the next page."""

    items: list[ChangeOut]
    next: int | None
