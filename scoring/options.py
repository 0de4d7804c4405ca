"""What a problem may tell each scorer, `scoring.options` in its manifest. No heavy import here."""

from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from scoring.contract import Strict


class Column(Strict):
    """One column a contestant's table must have.

    `kind`: `float` (finite), `int`, `label` (one of `values`), or `str`.
    """

    name: str
    kind: Literal["float", "int", "label", "str"] = "float"
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] = ()


class TableOptions(Strict):
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
        group_column: column of the reference that tells queries or tasks apart (ndcg, pass_at_k).
        target_columns: several numbers are true of each row, in place of `target_column`; `columns` are
            then the predictions of them, in that order. For survival: time and event, and one risk; for
            `bias_auc`: 0 or 1 and membership in each subgroup, and one score; for
            `laplace_log_likelihood`: one, and its prediction and spread.
    """

    id_column: str = "id"
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]
    target_column: str = "label"
    split_column: str = "split"
    prediction_column: str = ""
    probability_columns: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    group_column: str = ""
    target_columns: Annotated[tuple[str, ...], Field(max_length=1000)] = ()
    max_rows: Annotated[int, Field(gt=0)] = 20_000_000


class ArraysOptions(Strict):
    """Scorer `arrays`: what the stock model runner wrote, one row per hidden input.

    `predictions.npy` is float of shape (n_samples, n_classes); the reference is an `.npz` with
    `y_true` int of shape (n_samples,) and `split` uint8 of shape (n_samples,): 0 public, 1 private.
    `stats.json` from the runner (`extra["stats"]`) adds `parameters`, `size_bytes`,
    `latency_ms_p50`, `latency_ms_p95` and `latency_ms_p99`, with the same value in every split.
    """

    n_classes: Annotated[int, Field(gt=1)]


class RecordsOptions(Strict):
    """Scorer `records`: one answer for each record, matched by id, whatever their order.

    The submission is JSONL of `{id_field: ..., answer_field: ...}`, or text with one answer a line in the
    reference's order (kind `text` alone). The reference is `reference.jsonl` with `id_field`,
    `truth_field` and `split_field`; ids are texts or whole numbers, as there. Kinds: see `scoring.records`.

    Attributes:
        kind: what an answer is.
        labels: those that spans, tags and boxes may have; none means any.
        max_records: in a submission.
        max_chars: in a text.
        max_items: in an answer's list.
        max_side: of a mask, in pixels.
    """

    kind: Literal["text", "texts", "spans", "tags", "boxes", "mask", "ranking"]
    id_field: str = "id"
    answer_field: str = "answer"
    truth_field: str = "answer"
    split_field: str = "split"
    labels: tuple[str, ...] = ()
    max_records: Annotated[int, Field(gt=0)] = 1_000_000
    max_chars: Annotated[int, Field(gt=0)] = 20_000
    max_items: Annotated[int, Field(gt=0)] = 20_000
    max_side: Annotated[int, Field(gt=0, le=65_535)] = 16_384


class FunctionOptions(Strict):
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


class CasesOptions(Strict):
    """Scorer `cases`: what a program wrote for each test case, beside the right answers.

    The rules of the cases are in the manifest's `program.cases`; the judge adds them to the request. Metrics:
    `cases_passed` (share), `cases_mean`, `cases_sum`, `cases_min`, `cases_weighted` (by `weights`), `points`
    (of subtasks, or one for each case), and `subtask_<name>`.

    Attributes:
        weights: case name → weight for `cases_weighted`; 1 where absent.
        partial: whether a score below 1 that a checker gives counts; else such a case is wrong.
    """

    weights: dict[str, Annotated[FiniteFloat, Field(gt=0)]] = Field(default_factory=dict)
    partial: bool = False


class ServiceOptions(Strict):
    """Scorer `service`: a client asks the contestant's server and measures it.

    `requests.jsonl` in the reference: `id`, `split`, `method`, `path`, `json` or `body`, and `expected`.
    Metrics: `answers_correct` (share), `throughput_rps`, `latency_ms_p50`, `latency_ms_p95`,
    `latency_ms_p99`, `errors` (share of requests without an answer).

    Attributes:
        requests: name of that file.
        start_s: for the server to listen.
        n_connections: at once while throughput and latency are measured.
        n_warmup: requests before measuring.
        n_measured: requests while measuring, cycling through the file; 0 for one round.
        timeout_s: of one request.
        compare: how an answer's JSON is compared with `expected`: `equal`, `close` (numbers within
            `tolerance`, relative), `label` (its key `label`), or `status` alone.
    """

    requests: str = "requests.jsonl"
    start_s: Annotated[FiniteFloat, Field(gt=0, le=600)] = 30.0
    n_connections: Annotated[int, Field(ge=1, le=256)] = 4
    n_warmup: Annotated[int, Field(ge=0, le=10_000)] = 10
    n_measured: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    timeout_s: Annotated[FiniteFloat, Field(gt=0, le=600)] = 5.0
    compare: Literal["equal", "close", "label", "status"] = "equal"
    tolerance: Annotated[FiniteFloat, Field(ge=0)] = 1e-6


class InteractiveOptions(Strict):
    """Scorer `interactive`: an environment of the organizer's plays episodes with the program.

    `environment` is a Python file in the reference folder, trusted, written against `scoring.interaction`.
    Each episode is a case with a score; metrics: `episodes_mean`, `episodes_sum`, `episodes_min`,
    `episodes_passed`.
    """

    environment: str = "environment.py"


class CustomOptions(Strict):
    """Scorer `custom`: the organizer's `scorer.py`, written against `scoring.custom`.

    Attributes:
        parameters: handed to it.
    """

    parameters: dict[str, object] = Field(default_factory=dict)


class CommandOptions(Strict):
    """Scorer `command`: a scoring program of another platform, run as it is there.

    `hidden/reference/program/` is at `/app/program`, `hidden/reference/ref/` at `/app/input/ref`, the
    submission's outputs at `/app/input/res`; it writes `scores.json` or `scores.txt` to `/app/output`.

    Attributes:
        command: what is run.
        columns: key in the scores → metric key.
    """

    command: Annotated[tuple[str, ...], Field(min_length=1)]
    columns: dict[str, str]


SCORER_OPTIONS: dict[str, type[Strict]] = {
    "table": TableOptions,
    "arrays": ArraysOptions,
    "records": RecordsOptions,
    "function": FunctionOptions,
    "cases": CasesOptions,
    "service": ServiceOptions,
    "interactive": InteractiveOptions,
    "custom": CustomOptions,
    "command": CommandOptions,
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
    "records": ("numpy", "scoring.scorers.records"),
    "function": ("numpy", "scoring.scorers.function"),
    "cases": ("scoring.scorers.cases",),
    "service": ("numpy", "scoring.scorers.service"),
    "interactive": ("numpy", "scoring.scorers.interactive"),
}
