"""Kind function: hidden tests call the contestant's functions across the border of two sandboxes."""

from judge.models.words import State
from judge.services.results import JudgementResult
from judge.worker.kinds.job import Job
from judge.worker.steps.score import score_function
from judge.worker.usage import usage_json
from judge.worker.verdicts import rule_on_report
from sandboxes.errors import SandboxDied


def judge(job: Job) -> JudgementResult:
    """Judge a submission of kind function. Raises as `judge.worker.evaluate.evaluate` does."""
    job.on_state(State.RUNNING)
    scored = score_function(job.material, job.bench, job.folder)
    job.ledger.note("score", scored.result, is_trusted=True)
    if scored.host is not None:
        # Called off by us in any case, once the tests are through.
        job.ledger.usage["execute"] = usage_json(scored.host.usage, has_timeline=True)
    if job.bench.is_cancelled:
        raise SandboxDied("the work was called off")
    return job.result(scored, rule_on_report(scored.report, executed=scored.ruling))
