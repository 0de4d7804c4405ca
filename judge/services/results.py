"""What a worker found out about one submission, ready to be written."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from judge.models.words import Verdict
from scoring.contract import Case, Message, MetricValue, Plot, SubtaskScore, Table


@dataclass(frozen=True, slots=True)
class PlotFile:
    """A picture and what it is about."""

    plot: Plot
    content: bytes


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One request to a model, for the audit.

    Attributes:
        record: id of the hidden row.
        key: SHA-256 of the request.
        is_cached: whether the answer was known already.
    """

    record: str
    key: str
    is_cached: bool


@dataclass(frozen=True, slots=True)
class JudgementResult:
    """One finished attempt.

    Attributes:
        verdict: how it ended.
        score: primary metric on the public split; None when there is none or it is undefined.
        score_private: the same on the private split.
        messages: lines for the contestant.
        metrics: all values, unique by (key, split).
        cases: per-test results in order.
        subtasks: what groups of cases gave.
        tables: from the scorer, for the submission's page.
        plots: likewise; their bytes were made safe to show.
        sketch: of the predictions, where there are rows of them.
        stdout: the contestant's own output, as far as the problem shows it.
        stderr: likewise.
        usage: measured resources, JSON.
        receipt: what made this result, JSON.
        admin_detail: for organizers only.
        calls: requests to a model, in order; for organizers only.
    """

    verdict: Verdict
    score: float | None = None
    score_private: float | None = None
    messages: tuple[Message, ...] = ()
    metrics: tuple[MetricValue, ...] = ()
    cases: tuple[Case, ...] = ()
    subtasks: tuple[SubtaskScore, ...] = ()
    tables: tuple[Table, ...] = ()
    plots: tuple[PlotFile, ...] = ()
    sketch: bytes = b""
    stdout: str = ""
    stderr: str = ""
    usage: Mapping[str, object] = field(default_factory=dict)
    receipt: Mapping[str, object] = field(default_factory=dict)
    admin_detail: str = ""
    calls: tuple[CallRecord, ...] = ()
