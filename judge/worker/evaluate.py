"""One submission, all the way from file to result, without a database.

Workers and `judge problem check` come through here, so what is proven is what runs.
"""

import importlib
import time
from collections.abc import Callable
from pathlib import Path

from judge.models.words import State, Verdict
from judge.services.results import JudgementResult
from judge.worker.bench import Bench
from judge.worker.gateway.desk import Desk
from judge.worker.kinds.job import Job
from judge.worker.material import Material
from judge.worker.smoke import told
from scoring.contract import Message


def evaluate(
    material: Material,
    bench: Bench,
    folder: Path,
    *,
    on_state: Callable[[State], None],
    desk: Desk | None = None,
) -> JudgementResult:
    """Judge one submission.

    Args:
        material: submission and problem.
        bench: lends sandboxes.
        folder: private and empty; the caller removes it.
        on_state: told when execution and scoring begin.
        desk: asks models, where the problem has one.

    Returns:
        The result; of the receipt only what the kind itself knows.

    Raises:
        ScorerFault: the scorer is at fault.
        SandboxError: the machines are at fault.
    """
    started = time.perf_counter()
    job = Job(material, bench, folder, on_state, desk)
    kind = importlib.import_module(f"judge.worker.kinds.{material.spec.kind}")
    result: JudgementResult = kind.judge(job)
    job.ledger.usage["total_wall_time_s"] = round(time.perf_counter() - started, 4)
    return result if material.sample is None else told(result, material.sample)


def judge_error(code: str, detail: str) -> JudgementResult:
    """Return the result of a judgement that ended by a fault of ours."""
    return JudgementResult(verdict=Verdict.JE, messages=(Message(code=code),), admin_detail=detail[:4000])
