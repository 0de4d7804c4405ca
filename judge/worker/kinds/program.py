"""Kind program: on test cases, or in steps whose outputs are scored."""

from judge.services.results import JudgementResult
from judge.worker.kinds import cases
from judge.worker.kinds.job import Job


def judge(job: Job) -> JudgementResult:
    """Judge a submission of kind program. Raises as `judge.worker.evaluate.evaluate` does."""
    return cases.judge(job)
