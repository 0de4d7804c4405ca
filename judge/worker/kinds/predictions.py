"""Kind predictions: the file that was handed in is scored as it is."""

from judge.models.words import State
from judge.services.results import JudgementResult
from judge.worker.kinds.job import Job
from judge.worker.steps.score import score_predictions
from judge.worker.verdicts import rule_on_report


def judge(job: Job) -> JudgementResult:
    """Judge a submission of kind predictions. Raises as `judge.worker.evaluate.evaluate` does."""
    job.on_state(State.SCORING)
    scored = score_predictions(job.material, job.bench, job.folder)
    job.ledger.note("score", scored.result, is_trusted=True)
    return job.result(scored, rule_on_report(scored.report))
