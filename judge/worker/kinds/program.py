"""Kind program: on test cases, or in steps whose outputs are scored."""

from pathlib import Path

from judge.models.words import State
from judge.services.results import JudgementResult
from judge.worker.kinds import cases
from judge.worker.kinds.job import Job
from judge.worker.steps.program import RESULT, hidden_inputs, run_step, step_limits
from judge.worker.steps.score import score_file
from judge.worker.verdicts import Ruling, ScorerFault, rule_on_execution, rule_on_report
from problems.kinds import ProgramStep
from sandboxes.results import StepResult
from scoring.contract import Message


def judge(job: Job) -> JudgementResult:
    """Judge a submission of kind program. Raises as `judge.worker.evaluate.evaluate` does."""
    program = job.material.spec.program
    if program is None:
        raise ScorerFault("the problem states no program")
    if program.cases is not None:
        return cases.judge(job)
    job.on_state(State.RUNNING)
    left: dict[str, Path] = {}
    for step in program.steps:
        executed = run_step(job.material, job.bench, step, left)
        job.ledger.note(step.name, executed)
        ruling = rule_on_execution(executed, step_limits(job.material, step), is_code=True)
        if ruling is not None:
            is_shown = job.material.spec.feedback == "full" and not hidden_inputs(job.material, step)
            return job.unscored(_of_step(step, ruling), executed, is_shown=is_shown)
        left |= _kept(job.folder, step, executed)
    job.on_state(State.SCORING)
    result = left[program.result or ""]
    scored = score_file(
        job.material, job.bench, job.folder, submission=result, suffix=result.suffix, extra={}
    )
    job.ledger.note("score", scored.result, is_trusted=True)
    return job.result(scored, rule_on_report(scored.report))


def _of_step(step: ProgramStep, ruling: Ruling) -> Ruling:
    """Return the ruling with the name of the step it is on."""
    return Ruling(ruling.verdict, (Message(code="in-step", params={"step": step.name}), *ruling.messages))


def _kept(folder: Path, step: ProgramStep, executed: StepResult) -> dict[str, Path]:
    kept = {}
    for name in (RESULT,) if step.is_packed else step.outputs:
        kept[name] = folder / "steps" / step.name / name
        kept[name].parent.mkdir(parents=True, exist_ok=True)
        kept[name].write_bytes(executed.outputs[name])
    return kept
