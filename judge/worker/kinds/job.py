"""What judging any kind of problem shares: the work at hand, what was used, and the result."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from judge.models.words import State
from judge.services.results import JudgementResult, PlotFile
from judge.worker.bench import Bench
from judge.worker.gateway.desk import Desk
from judge.worker.material import Material
from judge.worker.pictures import made_safe
from judge.worker.steps.score import Scored, bootstrap_of
from judge.worker.usage import usage_json, worst_case_json
from judge.worker.verdicts import (
    Ruling,
    ScorerFault,
    clean_text,
    find_missed,
    rule_on_requirements,
    score_of,
)
from sandboxes.errors import SandboxDied
from sandboxes.results import Outcome, StepResult, Usage
from scoring.contract import Case, ReportStatus, ScoringReport, Split
from scoring.derived import FormulaError, derive


@dataclass(slots=True)
class Ledger:
    """Collects what each step used."""

    usage: dict[str, object] = field(default_factory=dict)

    def note(self, name: str, result: StepResult, *, is_trusted: bool = False) -> None:
        """Note what a step used.

        Args:
            name: `score`, `execute`, or the name of a step of the problem's.
            result: of it.
            is_trusted: whether it was ours. How our scorer went about the reference data is nobody's
                business: then there are totals only.

        Raises:
            SandboxDied: it was called off by us.
        """
        if result.outcome is Outcome.CANCELLED:
            raise SandboxDied(f"step {name} was cancelled: {result.detail}")
        self.usage[name] = usage_json(result.usage, has_timeline=not is_trusted)

    def note_cases(self, name: str, cases: Sequence[Usage]) -> None:
        """Note the most that any test case of a step used, beside what all used together."""
        total = self.usage.get(name)
        self.usage[name] = {**(total if isinstance(total, dict) else {}), **worst_case_json(cases)}


@dataclass(frozen=True, slots=True)
class Job:
    """One submission to be judged.

    Attributes:
        material: submission and problem.
        bench: lends sandboxes.
        folder: private and empty; removed by who made it.
        on_state: told when execution and scoring begin.
        desk: asks models; None where there is none to be asked.
        ledger: of what is used.
    """

    material: Material
    bench: Bench
    folder: Path
    on_state: Callable[[State], None]
    desk: Desk | None = None
    ledger: Ledger = field(default_factory=Ledger)

    def result(self, scored: Scored, ruling: Ruling) -> JudgementResult:
        """Return the result of what was scored.

        Args:
            scored: what the scorer said.
            ruling: on it.
        """
        spec, report = self.material.spec, self._with_derived(scored.report)
        ruling = rule_on_requirements(report, spec.scoring.require, ruling)
        is_scored = report.status is ReportStatus.SCORED
        # A process that was asked hidden questions may print them: its output is shown only when it was
        # asked none, that is when it never became ready.
        host = scored.host if spec.feedback == "full" and report.status is ReportStatus.FAILED else None
        return JudgementResult(
            verdict=ruling.verdict,
            score=self._score(report, "public") if is_scored else None,
            score_private=self._score(report, "private") if is_scored else None,
            messages=ruling.messages,
            metrics=report.metrics if is_scored else (),
            cases=self._kept_cases(report.cases),
            subtasks=() if spec.feedback == "verdict" else report.subtasks,
            tables=report.tables,
            plots=self._plots(report, scored.result),
            sketch=base64.b64decode(report.sketch),
            stdout=clean_text(host.stdout) if host else "",
            stderr=clean_text(host.stderr) if host else "",
            usage=self.ledger.usage,
            admin_detail=_printed(scored.result),
        )

    def _with_derived(self, report: ScoringReport) -> ScoringReport:
        formulas = self.material.spec.scoring.derived
        if not formulas or report.status is not ReportStatus.SCORED:
            return report
        try:
            metrics = derive(report.metrics, formulas, bootstrap_of(self.material.spec.scoring))
        except FormulaError as error:
            raise ScorerFault(f"a derived metric: {error}") from error
        return report.model_copy(update={"metrics": metrics})

    def _score(self, report: ScoringReport, split: Split) -> float | None:
        """Return the score that ranks; none where a requirement is missed."""
        scoring = self.material.spec.scoring
        is_missed = any(find_missed(report, scoring.require, split))
        return None if is_missed else score_of(report, scoring.primary, split)

    def _plots(self, report: ScoringReport, result: StepResult) -> tuple[PlotFile, ...]:
        found = []
        for number, plot in enumerate(report.plots):
            body = result.outputs.get(f"plot-{number}")
            if body is None:
                raise ScorerFault(f"plot {plot.name} is in the report, but was not written")
            found.append(PlotFile(plot, made_safe(plot, body)))
        return tuple(found)

    def unscored(self, ruling: Ruling, executed: StepResult, *, is_shown: bool = False) -> JudgementResult:
        """Return the result of a submission that got no further than a step of its own.

        Args:
            ruling: on the step.
            executed: the step.
            is_shown: whether its author may read what it printed: it saw nothing hidden, as a compiler does.
        """
        tail = executed.stderr[-2000:].decode("utf-8", "replace").replace("\0", "")
        return JudgementResult(
            verdict=ruling.verdict,
            messages=ruling.messages,
            stdout=clean_text(executed.stdout) if is_shown else "",
            stderr=clean_text(executed.stderr) if is_shown else "",
            usage=self.ledger.usage,
            admin_detail=f"{executed.outcome.value}: {executed.detail}\n{tail}".strip(),
        )

    def _kept_cases(self, cases: tuple[Case, ...]) -> tuple[Case, ...]:
        return () if self.material.spec.feedback == "verdict" else cases


def _printed(result: StepResult) -> str:
    """Return what a scorer printed, for its organizer."""
    said = result.stdout[-2000:] + result.stderr[-2000:]
    return said.decode("utf-8", "replace").replace("\0", "").strip()
