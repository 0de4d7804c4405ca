"""What the API gives, as types; the OpenAPI description is made from them.

Scores that are not finite are null, instants are ISO 8601 in UTC with `Z`, texts are in the language
asked for.
"""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import Field

from web.api.exhibit_schemas import PlotOut, SubtaskOut, TableOut
from web.api.rejudging_schemas import RejudgedOut
from web.api.schema_base import JsonObject, Number, Out


class TeamOut(Out):
    """A team."""

    id: int
    name: str
    is_solo: bool


class AccountOut(Out):
    """Who the token belongs to."""

    username: str
    role: str
    language: str | None
    teams: list[TeamOut]


class FileOut(Out):
    """A file contestants may download."""

    path: str
    size_bytes: int
    sha256: str
    url: str


class ProblemOut(Out):
    """A problem in a list."""

    slug: str
    name: str
    names: dict[str, str]
    summary: str
    kind: str
    version: str
    tags: list[str]
    formats: list[str]
    max_mib: float
    metric: str
    metrics: list[str]
    urls: dict[str, str]


class ProblemDetailOut(ProblemOut):
    """A problem with all that one needs to solve it."""

    statement: str
    files: list[FileOut]
    limits: JsonObject
    gpu: Annotated[JsonObject | None, Field(description="GPUs asked for: count, memory_mib, kind, need")]
    prompt: Annotated[
        JsonObject | None, Field(description="of kind prompt: model, fields, parameters, budget of tokens")
    ]
    functions: list[str]
    builders: list[str]
    image: Annotated[str, Field(description="what submissions run in; see /images/{name}")]
    feedback: str
    decimals: int
    licence: str


class ProblemsOut(Out):
    """Problems. `next` is the cursor of the next page."""

    items: list[ProblemOut]
    next: str | None = None


class PhaseOut(Out):
    """An interval of a contest."""

    position: int
    name: str
    starts_at: datetime | None
    ends_at: datetime | None
    reveal_at: datetime | None
    quota_per_day: int | None
    quota_total: int | None
    quota_faults_per_day: int | None
    quota_concurrent: int | None
    quota_renews_h: Annotated[int, Field(description="o'clock, in quota_zone")]
    quota_zone: str
    late_until: datetime | None
    late_penalty_per_day: float
    grace_days: int
    ladder: Annotated[str, Field(description="`off`, `free` or `step`: what moves public scores")]
    ladder_step: Number
    is_current: bool


class ContestProblemOut(Out):
    """A problem set in a contest."""

    slug: str
    name: str


class ContestOut(Out):
    """A contest or a lab."""

    slug: str
    name: str
    names: dict[str, str]
    summary: str
    kind: str
    status: Annotated[str, Field(description="upcoming, running, late, break or ended")]
    phases: list[PhaseOut]
    problems: list[ContestProblemOut]
    urls: dict[str, str]


class ContestsOut(Out):
    """Contests. `next` is the cursor of the next page."""

    items: list[ContestOut]
    next: str | None = None


class EntryOut(Out):
    """A team's place in a contest."""

    contest: str
    team: TeamOut
    entered_at: datetime


class QuotaOut(Out):
    """Submissions used and allowed; a limit of null is none."""

    limit_per_day: int | None
    used_today: int
    renews_at: datetime | None
    limit_total: int | None
    used_total: int
    limit_faults_per_day: Annotated[int | None, Field(description="of submissions that fail")]
    faults_today: int
    limit_faults_total: int | None
    faults_total: int
    limit_concurrent: Annotated[int | None, Field(description="waiting or running at one time")]


class LateOut(Out):
    """A submission after the end of its phase."""

    days: Annotated[int, Field(description="started days after the end")]
    grace_days: Annotated[int, Field(description="of these, paid for by the team's grace days")]
    factor: Annotated[float, Field(description="what its score is multiplied by")]


class MessageOut(Out):
    """A line about the submission."""

    code: str
    text: str
    params: JsonObject


class IntervalOut(Out):
    """A confidence interval of 95 %, by the bootstrap over hidden rows."""

    low: Number
    high: Number
    std_error: Number


class MetricOut(Out):
    """One metric on one split."""

    key: str
    label: Annotated[str, Field(description="name for people")]
    split: str
    value: Number
    higher_is_better: bool
    reason: str
    interval: IntervalOut | None
    no_interval: Annotated[str, Field(description="code of why a value has no interval")]


class CaseOut(Out):
    """One test case."""

    name: str
    title: str
    titles: dict[str, str]
    subtask: Annotated[str, Field(description="name of the first one it belongs to, or empty")]
    split: str
    verdict: str
    score: Number
    weight: Number
    wall_time_s: Number
    message: MessageOut | None


class SandboxOut(Out):
    """Where it ran; `is_weaker` says that this provider keeps less than is promised."""

    name: str
    is_weaker: bool
    weaknesses: list[str]


class SubmissionOut(Out):
    """A submission and how far its judging is."""

    id: str
    problem: str
    problem_version: str
    contest: str
    phase: int
    team: TeamOut
    filename: str
    format: str
    size_bytes: int
    sha256: str
    note: str
    submitted_at: datetime
    state: str
    verdict: str | None
    score: Number
    is_released_score: Annotated[
        bool,
        Field(description="the phase has a ladder: the best score released so far, maybe of an earlier one"),
    ]
    metric: str
    is_charged: Annotated[bool, Field(description="whether it counts against anything")]
    charge: Annotated[str, Field(description="quota; fault, for a separate cap; or none")]
    is_smoke: Annotated[bool, Field(description="judged on the sample alone, never ranked")]
    late: LateOut | None
    queue_position: int | None
    waiting_for: Annotated[
        MessageOut | None,
        Field(description="beside its turn: `gpu-offline`, no worker online has such GPUs; `gpu-busy`"),
    ]
    started_at: datetime | None
    ended_at: datetime | None
    messages: list[MessageOut]
    metrics: list[MetricOut]
    subtasks: list[SubtaskOut]
    cases: list[CaseOut]
    tables: list[TableOut]
    plots: list[PlotOut]
    usage: JsonObject
    stdout: str
    stderr: str
    sandbox: SandboxOut | None
    rejudged: Annotated[
        list[RejudgedOut], Field(description="changes of the result that rejudgings made, the oldest first")
    ]
    quota: QuotaOut | None
    urls: dict[str, str]


class SubmissionsOut(Out):
    """Submissions, the newest first. `next` is the cursor of the next page."""

    items: list[SubmissionOut]
    next: str | None


class RangeOut(Out):
    """From one rank to another."""

    first: int
    last: int

    @classmethod
    def of(cls, ranks: tuple[int, int] | None) -> Self | None:
        """Return it, or None for none."""
        return None if ranks is None else cls(first=ranks[0], last=ranks[1])


class BoundsOut(Out):
    """Ends of a confidence interval of 95 %."""

    low: Number
    high: Number

    @classmethod
    def of(cls, ends: tuple[float, float] | None) -> Self | None:
        """Return it, or None for none."""
        return None if ends is None else cls(low=ends[0], high=ends[1])


class RowOut(Out):
    """One team; `rank` is null for a baseline, and for what an earlier metric of the problem judged."""

    rank: int | None
    team: str
    is_own: bool
    is_baseline: bool
    score: Number
    metrics: dict[str, Number]
    n_submissions: int
    submitted_at: datetime | None
    submission: str | None
    interval: BoundsOut | None
    tied_ranks: Annotated[
        RangeOut | None,
        Field(description="ranks of teams that cannot be told apart from it; null when alone"),
    ]


class LeaderboardOut(Out):
    """A page of a leaderboard."""

    has_ladder: Annotated[bool, Field(description="scores move only with significant improvements")]

    contest: str
    problem: str
    split: str
    metric: str
    higher_is_better: bool
    track: str
    is_frozen: Annotated[bool, Field(description="shown as it was at the freeze")]
    is_final: bool
    n_teams: int
    own_rank: int | None
    limit: int
    offset: int
    rows: list[RowOut]


class FieldOut(Out):
    """One wrong field."""

    field: str
    message: str


class ProblemJson(Out):
    """Every error (RFC 9457). Branch on `code`."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    params: dict[str, Any]
    errors: list[FieldOut]
    instance: str
    request_id: str
