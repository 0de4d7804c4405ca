"""What goes into the trusted sandbox and what comes out of it. No heavy import here.

`python -m scoring` reads `/job/in/request.json` (a `ScoringRequest`), scores files below `/job/in`,
and writes `/job/out/report.json` (a `ScoringReport`). The judge builds the first and validates the
second; both sides share only this module. A crash of the scorer is a non-zero exit: never a report.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

MAX_MESSAGES = 100
MAX_CASES = 2000

Split = Literal["sample", "public", "private"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MetricRequest(_Strict):
    """One metric to compute; `label` distinguishes two uses of the same metric."""

    name: str
    label: str = ""
    params: dict[str, int | float | str | bool] = Field(default_factory=dict)

    @property
    def key(self) -> str:
        """Return the name under which the value is reported."""
        return self.label or self.name


class Column(_Strict):
    """One column a contestant's table must have.

    `kind`: `float` (finite), `int`, `label` (one of `values`), or `str`.
    """

    name: str
    kind: Literal["float", "int", "label", "str"] = "float"
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] = ()


class TableOptions(_Strict):
    """Scorer `table`: rows matched by key, whatever their order.

    The reference is `reference.parquet` or `reference.csv` with `id_column`, `target_column`,
    `split_column` (values `sample`, `public`, `private`) and `group_column` if there is one.
    Ids are integers or text, as they are in the reference.

    Attributes:
        prediction_column: what the metrics read; default: the first of `columns`.
        probability_columns: for several classes: one `float` column per class, in class order. The
            predicted class is then the most probable one, and `prediction_column` is not used.
        classes: texts of the target column in code order; needed only when the target is text and
            the prediction column is not a `label` (whose `values` are the classes).
        group_column: column of the reference that tells queries apart (ndcg, mrr).
    """

    id_column: str = "id"
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]
    target_column: str = "label"
    split_column: str = "split"
    prediction_column: str = ""
    probability_columns: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    group_column: str = ""
    max_rows: Annotated[int, Field(gt=0)] = 20_000_000


class ArraysOptions(_Strict):
    """Scorer `arrays`: what the stock model runner wrote, one row per hidden input.

    `predictions.npy` is float of shape (n_samples, n_classes); the reference is an `.npz` with
    `y_true` int of shape (n_samples,) and `split` uint8 of shape (n_samples,): 0 public, 1 private.
    `stats.json` from the runner (`extra["stats"]`) adds `parameters`, `size_bytes`,
    `latency_ms_p50` and `latency_ms_p95`, with the same value in every split.
    """

    n_classes: Annotated[int, Field(gt=1)]


class FunctionOptions(_Strict):
    """Scorer `function`: hidden tests call the contestant's functions over the channel.

    `tests` is a Python file in the reference folder, trusted, written against `scoring.grading`.
    Each split with tests gets the metric `tests_passed`: the weighted share of passed tests.

    Attributes:
        call_timeout_s: for each call; the host kills a call that takes longer.
        start_timeout_s: for the other side to connect and import the contestant's module.
    """

    tests: str = "tests.py"
    call_timeout_s: Annotated[FiniteFloat, Field(gt=0)] = 10.0
    start_timeout_s: Annotated[FiniteFloat, Field(gt=0)] = 30.0
    max_reply_mib: Annotated[int, Field(gt=0)] = 16


SCORER_OPTIONS: dict[str, type[_Strict]] = {
    "table": TableOptions,
    "arrays": ArraysOptions,
    "function": FunctionOptions,
}

# What a sandbox imports while it waits, so that scoring a small file takes milliseconds.
_TABLE_PRELOAD = ("numpy", "pyarrow", "pyarrow.csv", "pyarrow.json", "pyarrow.parquet")
PRELOAD: dict[str, tuple[str, ...]] = {
    "table": (
        *_TABLE_PRELOAD,
        "pyarrow.pandas_compat",
        "sklearn.metrics",
        "scoring.scorers.table",
        "scoring.preload",
    ),
    "arrays": ("numpy", "sklearn.metrics", "scoring.scorers.arrays", "scoring.preload"),
    "function": ("numpy", "scoring.scorers.function"),
}


class ScoringRequest(_Strict):
    """Everything a scorer is told.

    Attributes:
        scorer: key of `SCORER_OPTIONS`; `options` is that model's dump.
        submission: file under `/job/in` that the participant or the execute step made ("" for
            `function`, which talks over the channel). Its suffix is the declared format.
        extra: further participant outputs, name → file under `/job/in` (e.g. `stats`).
        reference: folder under `/job/in` with the reference files.
        primary: key of the metric that decides the score.
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


class Message(_Strict):
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


class MetricValue(_Strict):
    """One number. `value` is None when the metric is undefined for this input; `reason` says why."""

    key: str
    split: Split
    value: FiniteFloat | None
    higher_is_better: bool
    reason: str = ""


class CaseVerdict(StrEnum):
    """Outcome of one test case, ICPC's words."""

    AC = "AC"
    WA = "WA"
    RTE = "RTE"
    TLE = "TLE"
    PE = "PE"


class Case(_Strict):
    """One hidden test. `title` names the property, in both languages, never the hidden data."""

    name: Annotated[str, Field(max_length=100)]
    title: dict[Literal["en", "zh"], str]
    split: Split = "public"
    verdict: CaseVerdict
    score: Annotated[FiniteFloat, Field(ge=0, le=1)]
    weight: Annotated[FiniteFloat, Field(gt=0)] = 1.0
    wall_time_s: float = 0.0
    message: Message | None = None


class ScoringReport(_Strict):
    """What the scorer found. Size-capped (1 MiB) and validated again by the judge."""

    format: Literal[1] = 1
    status: ReportStatus
    messages: Annotated[tuple[Message, ...], Field(max_length=MAX_MESSAGES)] = ()
    metrics: tuple[MetricValue, ...] = ()
    cases: Annotated[tuple[Case, ...], Field(max_length=MAX_CASES)] = ()
    n_rows: int = 0
    scorer_time_s: float = 0.0
