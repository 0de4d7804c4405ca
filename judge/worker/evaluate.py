"""One submission, all the way from file to result, without a database.

Workers and `judge problem check` come through here, so what is proven is what runs.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from judge.models.words import State, Verdict
from judge.services.results import JudgementResult
from judge.worker.bench import Bench
from judge.worker.material import Material
from judge.worker.profiles import execute_limits
from judge.worker.steps.execute import run_model
from judge.worker.steps.score import Scored, score_file, score_function, score_predictions
from judge.worker.usage import usage_json
from judge.worker.verdicts import (
    Ruling,
    clean_text,
    rule_on_execution,
    rule_on_report,
    score_of,
    with_true_size,
)
from sandboxes.errors import SandboxDied
from sandboxes.results import Outcome, StepResult
from scoring.contract import Case, Message, ReportStatus

# Formats that are code: what they saw must not come back in an error's text.
_CODE_FORMATS = frozenset({"torchscript", "torch-export"})


@dataclass(slots=True)
class _Ledger:
    """Collects what each step used."""

    usage: dict[str, object] = field(default_factory=dict)

    def note(self, name: str, result: StepResult) -> None:
        if result.outcome is Outcome.CANCELLED and name != "host":
            raise SandboxDied(f"step {name} was cancelled: {result.detail}")
        is_execution = name in {"host", "execute"}
        key = "execute" if is_execution else name
        # How our scorer went about the reference data is nobody's business: totals only.
        self.usage[key] = usage_json(result.usage, has_timeline=is_execution)


def evaluate(
    material: Material, bench: Bench, folder: Path, *, on_state: Callable[[State], None]
) -> JudgementResult:
    """Judge one submission.

    Args:
        material: submission and problem.
        bench: lends sandboxes.
        folder: private and empty; the caller removes it.
        on_state: told when execution and scoring begin.

    Returns:
        The result; receipt left empty.

    Raises:
        ScorerFault: the scorer is at fault.
        SandboxError: the machines are at fault.
    """
    started = time.perf_counter()
    ledger = _Ledger()
    evaluators = {"predictions": _predictions, "model": _model, "function": _function}
    result = evaluators[material.spec.kind](material, bench, folder, ledger, on_state)
    ledger.usage["total_wall_time_s"] = round(time.perf_counter() - started, 4)
    return result


def _predictions(
    material: Material, bench: Bench, folder: Path, ledger: _Ledger, on_state: Callable[[State], None]
) -> JudgementResult:
    on_state(State.SCORING)
    scored = score_predictions(material, bench, folder)
    ledger.note("score", scored.result)
    return _result(material, scored, rule_on_report(scored.report), ledger)


def _model(
    material: Material, bench: Bench, folder: Path, ledger: _Ledger, on_state: Callable[[State], None]
) -> JudgementResult:
    on_state(State.RUNNING)
    executed = run_model(material, bench)
    ledger.note("execute", executed)
    is_code = material.format in _CODE_FORMATS
    ruling = rule_on_execution(executed, execute_limits(material.spec), is_code=is_code)
    if ruling is not None:
        return _unscored(ruling, ledger, executed)
    on_state(State.SCORING)
    predictions, stats = folder / "predictions.npy", folder / "stats.json"
    predictions.write_bytes(executed.outputs["predictions.npy"])
    stats.write_bytes(with_true_size(executed.outputs["stats.json"], material.submission.stat().st_size))
    scored = score_file(
        material, bench, folder, submission=predictions, suffix=".npy", extra={"stats": stats}
    )
    ledger.note("score", scored.result)
    return _result(material, scored, rule_on_report(scored.report), ledger)


def _function(
    material: Material, bench: Bench, folder: Path, ledger: _Ledger, on_state: Callable[[State], None]
) -> JudgementResult:
    on_state(State.RUNNING)
    scored = score_function(material, bench, folder)
    ledger.note("score", scored.result)
    if scored.host is not None:
        ledger.note("host", scored.host)
    if bench.is_cancelled:
        raise SandboxDied("the work was called off")
    return _result(material, scored, rule_on_report(scored.report, executed=scored.ruling), ledger)


def _result(material: Material, scored: Scored, ruling: Ruling, ledger: _Ledger) -> JudgementResult:
    spec, report = material.spec, scored.report
    is_scored = report.status is ReportStatus.SCORED
    # A process that was asked hidden questions may print them: its output is shown only when it was
    # asked none, that is when it never became ready.
    host = scored.host if spec.feedback == "full" and report.status is ReportStatus.FAILED else None
    return JudgementResult(
        verdict=ruling.verdict,
        score=score_of(report, spec.scoring.primary, "public") if is_scored else None,
        score_private=score_of(report, spec.scoring.primary, "private") if is_scored else None,
        messages=ruling.messages,
        metrics=report.metrics if is_scored else (),
        cases=_kept_cases(material, report.cases),
        stdout=clean_text(host.stdout) if host else "",
        stderr=clean_text(host.stderr) if host else "",
        usage=ledger.usage,
    )


def _unscored(ruling: Ruling, ledger: _Ledger, executed: StepResult) -> JudgementResult:
    # What a model printed is kept from contestants: it saw the hidden inputs.
    tail = executed.stderr[-2000:].decode("utf-8", "replace").replace("\0", "")
    return JudgementResult(
        verdict=ruling.verdict,
        messages=ruling.messages,
        usage=ledger.usage,
        admin_detail=f"{executed.outcome.value}: {executed.detail}\n{tail}".strip(),
    )


def _kept_cases(material: Material, cases: tuple[Case, ...]) -> tuple[Case, ...]:
    return () if material.spec.feedback == "verdict" else cases


def judge_error(code: str, detail: str) -> JudgementResult:
    """Return the result of a judgement that ended by a fault of ours."""
    return JudgementResult(verdict=Verdict.JE, messages=(Message(code=code),), admin_detail=detail[:4000])
