"""What goes into the trusted sandbox and what comes out of it. No heavy import here.

`python -m scoring` reads `/job/in/request.json` (a `ScoringRequest`), scores files below `/job/in`,
and writes `/job/out/report.json` (a `ScoringReport`). The judge builds the first and validates the
second; both sides share only this module. A crash of the scorer is a non-zero exit: never a report.
"""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

MAX_MESSAGES = 100
MAX_CASES = 2000
MAX_TABLES = 10
MAX_PLOTS = 10
MAX_SUBTASKS = 200
MAX_PLOT_BYTES = 1024 * 1024

Split = Literal["sample", "public", "private"]


class Strict(BaseModel):
    """A part of the contract; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MetricRequest(Strict):
    """One metric to compute; `label` distinguishes two uses of the same metric.

    `higher_is_better` is for metrics that the registry does not know.
    """

    name: str
    label: str = ""
    params: dict[str, int | float | str | bool] = Field(default_factory=dict)
    higher_is_better: bool | None = None

    @property
    def key(self) -> str:
        """Return the name under which the value is reported."""
        return self.label or self.name


class BootstrapRequest(Strict):
    """That scores get confidence intervals, by the bootstrap over hidden rows.

    Attributes:
        n_replicates: how often the rows are weighed anew.
        level: share of intervals that hold the true value.
        keys_of_replicates: of the metrics whose replicates are reported too: what decides the score.
    """

    n_replicates: Annotated[int, Field(ge=20, le=2000)] = 200
    level: Annotated[FiniteFloat, Field(ge=0.5, le=0.999)] = 0.95
    keys_of_replicates: tuple[str, ...] = ()


class ScoringRequest(Strict):
    """Everything a scorer is told.

    Attributes:
        scorer: key of `scoring.options.SCORER_OPTIONS`; `options` is that model's dump.
        submission: file under `/job/in` that the participant or the execute step made ("" for
            `function`, which talks over the channel). Its suffix is the declared format.
        extra: further participant outputs, name → file under `/job/in` (e.g. `stats`).
        reference: folder under `/job/in` with the reference files.
        primary: key of the metric that decides the score; empty when the judge derives it from others.
        bootstrap: None for no intervals.
        has_sketch: whether to report a sketch of the predictions, where there are rows of them.
    """

    format: Literal[1] = 1
    scorer: str
    options: dict[str, object]
    metrics: tuple[MetricRequest, ...]
    primary: str
    submission: str = ""
    extra: dict[str, str] = Field(default_factory=dict)
    reference: str = "reference"
    seed: int = 0
    bootstrap: BootstrapRequest | None = None
    has_sketch: bool = False


class Message(Strict):
    """A line for the contestant: a code of `scoring.messages.CATALOGUE` and its parameters.

    Parameters that echo the contestant's own file are cut to 80 characters.
    """

    code: str
    params: dict[str, str | int | float] = Field(default_factory=dict)


class ReportStatus(StrEnum):
    """Whether the outputs could be scored at all."""

    SCORED = "scored"
    REFUSED = "refused"  # format: verdict PE, `messages` say why
    FAILED = "failed"  # function: module did not import, or a limit broke; `messages` say why


class NoInterval(StrEnum):
    """Why a value that is there has no confidence interval."""

    ROWLESS = "no-mean-over-rows"  # a number that the scorer reports as such
    MEASURED = "measured"  # by a runner; it is no function of hidden rows
    FEW = "few-rows"
    EXTREME = "extreme"  # the largest of all values: replicates never see a larger one
    SECONDARY = "not-primary"  # can only be computed anew for every replicate, which the primary metric is
    COSTLY = "costly"  # even that would take too long
    UNDEFINED = "often-undefined"  # in too many replicates
    INPUTS = "inputs-without"  # derived from metrics that have none


class Interval(Strict):
    """A confidence interval and the standard error it was made from."""

    low: FiniteFloat
    high: FiniteFloat
    std_error: Annotated[FiniteFloat, Field(ge=0)]
    level: FiniteFloat = 0.95
    n_replicates: int


class MetricValue(Strict):
    """One number. `value` is None when the metric is undefined for this input; `reason` says why.

    `no_interval` says why a value has no `interval` where intervals were asked for. `replicates` are there
    where they were asked for: the n-th of every submission to the problem version goes with the same weights
    of rows. None is a replicate in which the metric is undefined.
    """

    key: str
    split: Split
    value: FiniteFloat | None
    higher_is_better: bool
    reason: str = ""
    interval: Interval | None = None
    no_interval: NoInterval | None = None
    replicates: Annotated[tuple[FiniteFloat | None, ...], Field(max_length=2000)] = ()


class CaseVerdict(StrEnum):
    """Outcome of one test case, ICPC's words."""

    AC = "AC"
    WA = "WA"
    RTE = "RTE"
    TLE = "TLE"
    MLE = "MLE"
    OLE = "OLE"
    PE = "PE"


class Case(Strict):
    """One hidden test. `title` names the property, in both languages, never the hidden data."""

    name: Annotated[str, Field(max_length=100)]
    title: dict[Literal["en", "zh"], str]
    split: Split = "public"
    verdict: CaseVerdict
    score: Annotated[FiniteFloat, Field(ge=0, le=1)]
    weight: Annotated[FiniteFloat, Field(gt=0)] = 1.0
    wall_time_s: float = 0.0
    message: Message | None = None
    subtask: Annotated[str, Field(max_length=50)] = ""


Title = dict[Literal["en", "zh"], Annotated[str, Field(max_length=200)]]
Cell = Annotated[str, Field(max_length=200)] | int | FiniteFloat | bool | None


class Table(Strict):
    """A table for the submission's page. It is about the split it names, and shown when that split is.

    `columns` are shown as they are; every row has as many cells.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,49}$")]
    title: Title
    split: Split = "public"
    columns: Annotated[tuple[Annotated[str, Field(max_length=100)], ...], Field(min_length=1, max_length=30)]
    rows: Annotated[tuple[tuple[Cell, ...], ...], Field(max_length=200)]

    @model_validator(mode="after")
    def _rows_fit(self) -> Self:
        for number, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns):
                found, wanted = len(row), len(self.columns)
                raise ValueError(f"table {self.name}: row {number} has {found} cells for {wanted} columns")
        return self


class Plot(Strict):
    """A picture for the submission's page; the report's n-th is the file `plot-<n>` beside it, from 0."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,49}$")]
    title: Title
    split: Split = "public"
    media_type: Literal["image/png", "image/svg+xml"]


class SubtaskScore(Strict):
    """What a group of cases gave on one split.

    Attributes:
        points: what it gives.
        max_points: what it gives at most.
        n_passed, n_cases: of its cases on this split.
    """

    name: Annotated[str, Field(max_length=50)]
    title: Title = Field(default_factory=dict)
    split: Split = "public"
    points: FiniteFloat
    max_points: FiniteFloat
    n_passed: int
    n_cases: int


class ScoringReport(Strict):
    """What the scorer found. Size-capped (1 MiB) and validated again by the judge."""

    format: Literal[1] = 1
    status: ReportStatus
    messages: Annotated[tuple[Message, ...], Field(max_length=MAX_MESSAGES)] = ()
    metrics: tuple[MetricValue, ...] = ()
    cases: Annotated[tuple[Case, ...], Field(max_length=MAX_CASES)] = ()
    subtasks: Annotated[tuple[SubtaskScore, ...], Field(max_length=MAX_SUBTASKS)] = ()
    tables: Annotated[tuple[Table, ...], Field(max_length=MAX_TABLES)] = ()
    plots: Annotated[tuple[Plot, ...], Field(max_length=MAX_PLOTS)] = ()
    n_rows: int = 0
    sketch: Annotated[str, Field(max_length=4096, pattern=r"^[A-Za-z0-9+/]*={0,2}$")] = ""  # `scoring.sketch`
    scorer_time_s: float = 0.0

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        for word, shown in (("tables", self.tables), ("plots", self.plots)):
            names = [one.name for one in shown]
            if twins := sorted({name for name in names if names.count(name) > 1}):
                raise ValueError(f"{word} must have names of their own; {', '.join(twins)} is there twice")
        return self
