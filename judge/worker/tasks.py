"""The one Celery task. It carries an id; everything else is in the rows."""

import structlog
from celery import Celery

from judge.dispatch import TASK
from judge.worker.host import Host
from judge.worker.pipeline import work

logger = structlog.get_logger(__name__)


def register(app: Celery, host: Host) -> None:
    """Define the task on `app`, working for `host`."""

    @app.task(name=TASK, acks_late=True, reject_on_worker_lost=True, ignore_result=True)
    def run(judgement_id: int) -> None:
        try:
            work(host, judgement_id)
        except Exception:
            # The lease runs out and the reaper takes over; the thread must live on.
            logger.exception("task_failed", judgement_id=judgement_id)
