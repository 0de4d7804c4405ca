"""Pure: from what happened in the sandboxes to a verdict, messages and numbers.

Blame is a type. What a participant did is a `Ruling`. What our scorer did wrong is a `ScorerFault`
(never retried: it would happen again). What the machines did wrong is a `SandboxError` (retried).
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from judge.messages import MODEL_CODES
from judge.models.words import Verdict
from problems.schema import Requirement
from sandboxes.errors import SandboxDied
from sandboxes.limits import Limits
from sandboxes.results import Outcome, StepResult
from scoring.contract import CaseVerdict, Message, ReportStatus, ScoringReport

MAX_REPORT_BYTES = 1024 * 1024
MAX_TEXT_BYTES = 64 * 1024
_EXIT_FAULT = {3: Verdict.PE, 4: Verdict.RTE}
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class ScorerFault(Exception):
    """The scorer or the problem is at fault: the organizer must look. `detail` is for them."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict and why, for the contestant."""

    verdict: Verdict
    messages: tuple[Message, ...] = ()

    @classmethod
    def crashed(cls) -> "Ruling":
        """Return the ruling on a program that ended badly by itself."""
        return cls(Verdict.RTE, (Message(code="program-failed"),))


class _Fault(BaseModel):
    """`fault.json` of the stock model runner: data from beside a contestant's model."""

    model_config = ConfigDict(extra="forbid", strict=True)

    code: Annotated[str, Field(max_length=40)]
    params: Annotated[dict[str, str | int | float], Field(max_length=8)] = Field(default_factory=dict)


def rule_on_limits(result: StepResult, limits: Limits) -> Ruling | None:
    """Return the ruling when a limit or a wall ended the step; None when it ended by itself."""
    broken = {
        Outcome.WALL_TIME: _ruling(Verdict.TLE, "time-limit", limit_s=limits.wall_time_s),
        Outcome.CPU_TIME: _ruling(Verdict.TLE, "cpu-limit", limit_s=limits.cpu_time_s),
        Outcome.MEMORY: _ruling(Verdict.MLE, "memory-limit", limit_mib=limits.memory_mib),
        Outcome.OUTPUT_FLOOD: _ruling(Verdict.OLE, "output-flood", limit_kib=limits.stdout_kib),
        Outcome.OUTPUT_SIZE: _ruling(Verdict.OLE, "output-too-large"),
        Outcome.DISK: _ruling(Verdict.OLE, "disk-limit"),
        Outcome.SECURITY: _ruling(Verdict.SV, "security-violation"),
    }
    return broken.get(result.outcome)


def rule_on_execution(result: StepResult, limits: Limits, *, is_code: bool = False) -> Ruling | None:
    """Return the ruling on a step that ran a contestant's model; None when it produced its outputs.

    Args:
        result: of the step.
        limits: it ran under.
        is_code: whether the format is code that can put what it saw into an error's text.
    """
    ruling = rule_on_limits(result, limits)
    if ruling is not None:
        return ruling
    match result.outcome:
        case Outcome.OK:
            return None
        case Outcome.SIGNAL:
            return _ruling(Verdict.RTE, "program-killed", signal=result.signal or 0)
        case Outcome.OUTPUT_MISSING:
            return _ruling(Verdict.RTE, "output-missing")
    exit_code = -1 if result.exit_code is None else result.exit_code
    message = _fault_message(result.outputs.get("fault.json", b""), is_code=is_code)
    if exit_code in _EXIT_FAULT and message is not None:
        return Ruling(_EXIT_FAULT[exit_code], (message,))
    return _ruling(Verdict.RTE, "program-exited", exit_code=exit_code)


def rule_on_case(result: StepResult, limits: Limits, *, memory_exit_code: int = 0) -> Ruling | None:
    """Return the ruling on a program's run on one test case; None when it ended well and may be checked.

    Args:
        result: of the run.
        limits: it ran under.
        memory_exit_code: with which its language's machine ends when its heap is full; 0 for none.
    """
    ruling = rule_on_limits(result, limits)
    if ruling is not None or result.outcome is Outcome.OK:
        return ruling
    if result.outcome is Outcome.SIGNAL:
        return _ruling(Verdict.RTE, "program-killed", signal=result.signal or 0)
    if memory_exit_code and result.exit_code == memory_exit_code:
        return _ruling(Verdict.MLE, "memory-limit", limit_mib=limits.memory_mib)
    return _ruling(Verdict.RTE, "program-failed")


def read_report(result: StepResult) -> ScoringReport:
    """Return the report of a scoring step.

    Raises:
        ScorerFault: it crashed, broke a limit, or its report is not one.
        SandboxDied: it was called off by us.
    """
    if result.outcome is Outcome.CANCELLED:
        raise SandboxDied("the scorer was called off")
    if result.outcome is not Outcome.OK:
        tail = result.stderr[-2000:].decode("utf-8", "replace")
        raise ScorerFault(
            f"scorer ended with {result.outcome.value}, exit code {result.exit_code}, {result.detail}\n{tail}"
        )
    raw = result.outputs.get("report.json", b"")
    if len(raw) > MAX_REPORT_BYTES:
        raise ScorerFault(f"report of {len(raw)} bytes")
    try:
        report = ScoringReport.model_validate_json(raw)
    except ValidationError as error:
        raise ScorerFault(f"report is not valid: {error}"[:2000]) from error
    keys = [(metric.key, metric.split) for metric in report.metrics]
    if len(set(keys)) != len(keys):
        raise ScorerFault(f"report has a metric twice: {keys}"[:2000])
    return report


def rule_on_report(report: ScoringReport, *, executed: Ruling | None = None) -> Ruling:
    """Return the verdict that a report gives.

    Args:
        report: valid.
        executed: for `function`: what ended the contestant's process, when a limit did.
    """
    if report.status is ReportStatus.REFUSED:
        return Ruling(Verdict.PE, report.messages)
    if report.status is ReportStatus.FAILED:
        return executed or Ruling(_verdict_of_failure(report), report.messages)
    if all(case.verdict is CaseVerdict.AC for case in report.cases):
        return Ruling(Verdict.AC, report.messages)
    if executed is not None:
        return Ruling(executed.verdict, (*executed.messages, *report.messages))
    # As the ICPC rules have it: the first test that fails names the verdict.
    first = next(case for case in report.cases if case.verdict is not CaseVerdict.AC)
    return Ruling(Verdict(first.verdict.value), report.messages)


def find_missed(
    report: ScoringReport, requirements: Sequence[Requirement], split: str
) -> Iterator[Requirement]:
    """Yield the requirements that a submission misses on a split; what is undefined misses all of its own."""
    for requirement in requirements:
        if not any(metric.key == requirement.metric and metric.split == split for metric in report.metrics):
            continue
        value = score_of(report, requirement.metric, split)
        is_low = requirement.minimum is not None and (value is None or value < requirement.minimum)
        is_high = requirement.maximum is not None and (value is None or value > requirement.maximum)
        if is_low or is_high:
            yield requirement


def rule_on_requirements(
    report: ScoringReport, requirements: Sequence[Requirement], ruling: Ruling
) -> Ruling:
    """Return WA where a submission that would be accepted misses a requirement on the public split."""
    missed = list(find_missed(report, requirements, "public"))
    if not missed or report.status is not ReportStatus.SCORED:
        return ruling
    messages = []
    for one in missed:
        value = score_of(report, one.metric, "public")
        params: dict[str, str | int | float] = {
            "metric": one.metric,
            "found": "–" if value is None else value,
        }
        if one.minimum is not None:
            messages.append(Message(code="requirement-minimum", params={**params, "limit": one.minimum}))
        if one.maximum is not None:
            messages.append(Message(code="requirement-maximum", params={**params, "limit": one.maximum}))
    verdict = Verdict.WA if ruling.verdict is Verdict.AC else ruling.verdict
    return Ruling(verdict, (*messages, *ruling.messages))


def score_of(report: ScoringReport, key: str, split: str) -> float | None:
    """Return the metric's value on a split; None when it is undefined or was not computed."""
    return next((m.value for m in report.metrics if m.key == key and m.split == split), None)


def with_true_size(raw: bytes, size_bytes: int) -> bytes:
    """Return the model runner's statistics with the size that we see.

    They were written beside participant code, which could say that it is smaller than it is.

    Args:
        raw: `stats.json`; what is no JSON object is left to the scorer to refuse.
        size_bytes: of the submission.
    """
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        return raw
    return json.dumps({**said, "size_bytes": size_bytes}).encode() if isinstance(said, dict) else raw


def clean_text(raw: bytes) -> str:
    """Return a contestant's output for display: 64 KiB at most, no control or bidi characters."""
    text = raw[:MAX_TEXT_BYTES].decode("utf-8", "replace").replace("\r\n", "\n")
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _verdict_of_failure(report: ScoringReport) -> Verdict:
    message = report.messages[0] if report.messages else Message(code="")
    match message.code:
        case "import-failed":
            is_syntax = message.params.get("type") in {"SyntaxError", "IndentationError", "TabError"}
            return Verdict.CE if is_syntax else Verdict.RTE
        case "host-silent":
            return Verdict.TLE
        case "host-protocol":
            return Verdict.PE
    return Verdict.RTE


def _fault_message(raw: bytes, *, is_code: bool) -> Message | None:
    try:
        fault = _Fault.model_validate(json.loads(raw))
    except (ValidationError, ValueError, RecursionError):
        return None
    if fault.code not in MODEL_CODES:
        return None
    if fault.code == "model-failed" and is_code:
        return Message(code="model-failed-quietly")
    params = {name[:40]: _short(value) for name, value in fault.params.items()}
    return Message(code=fault.code, params=params)


def _short(value: str | float) -> str | int | float:
    if isinstance(value, str):
        return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", value.replace("\n", " "))[:200]
    return value if abs(value) < 1e15 else str(value)[:80]


def _ruling(verdict: Verdict, code: str, **params: str | float) -> Ruling:
    return Ruling(verdict, (Message(code=code, params=params),))
