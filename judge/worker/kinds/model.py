"""Kind model: a stock runner infers the hidden inputs, its predictions are scored."""

from judge.models.words import State
from judge.services.results import JudgementResult
from judge.worker.kinds.job import Job
from judge.worker.profiles import execute_limits
from judge.worker.steps.execute import run_model
from judge.worker.steps.score import score_file
from judge.worker.verdicts import rule_on_execution, rule_on_report, with_true_size

# Formats that are code: what they saw must not come back in an error's text. A pipeline of scikit-learn is
# as good as code there: its vectorizers open files, its encoders quote what they do not know.
_CODE_FORMATS = frozenset({"torchscript", "torch-export", "skops"})


def judge(job: Job) -> JudgementResult:
    """Judge a submission of kind model. Raises as `judge.worker.evaluate.evaluate` does."""
    material = job.material
    job.on_state(State.RUNNING)
    executed = run_model(material, job.bench)
    job.ledger.note("execute", executed)
    is_code = material.format in _CODE_FORMATS
    ruling = rule_on_execution(executed, execute_limits(material.spec), is_code=is_code)
    if ruling is not None:
        # What a model printed is kept from contestants: it saw the hidden inputs.
        return job.unscored(ruling, executed)
    job.on_state(State.SCORING)
    predictions, stats = job.folder / "predictions.npy", job.folder / "stats.json"
    predictions.write_bytes(executed.outputs["predictions.npy"])
    stats.write_bytes(with_true_size(executed.outputs["stats.json"], material.submission.stat().st_size))
    scored = score_file(
        material, job.bench, job.folder, submission=predictions, suffix=".npy", extra={"stats": stats}
    )
    job.ledger.note("score", scored.result, is_trusted=True)
    return job.result(scored, rule_on_report(scored.report))
