"""Rings the doorbell: says to whichever worker is free that a judgement may be waiting.

The queue holds ids and nothing else, and may be lost at any time: rows are the truth and the
reaper rings again (see `judge.worker.reaper`). So ringing never fails; it only may not be heard.
"""

from typing import Any, Protocol

import structlog
from celery import Celery
from kombu.exceptions import KombuError, OperationalError

from judge.settings import Settings

logger = structlog.get_logger(__name__)

TASK = "judge.run"
QUEUE = "judge.cpu"
GPU_QUEUE = "judge.gpu"
QUEUES = (QUEUE, GPU_QUEUE)
# By what a judgement says of GPUs. Everybody listens to the first; a worker without GPUs passes on what
# prefers them and may have them, so that no ring is left where nobody listens.
_QUEUE_OF = {"none": QUEUE, "preferred": QUEUE, "required": GPU_QUEUE}
# Longer than any judgement: a second delivery is harmless (the claim is refused) but useless.
VISIBILITY_TIMEOUT_S = 24 * 3600


def own_queue(worker: str) -> str:
    """Return the queue of one worker with GPUs: what only it may begin is no use to others."""
    return f"{GPU_QUEUE}.{worker}"


class Dispatcher(Protocol):
    """Wakes a worker."""

    def ring(
        self,
        judgement_id: int,
        gpu_need: str = "none",
        *,
        but: frozenset[str] = frozenset(),
        worker: str = "",
    ) -> bool:
        """Ring for one judgement where those listen who may begin it.

        Args:
            judgement_id: of the row.
            gpu_need: `none`, `preferred` or `required`.
            but: queues to leave in peace.
            worker: name of the one worker with GPUs to ring for, instead of all.

        Returns:
            Whether it was rung. Never raises for a broken line.
        """
        ...


class CeleryDispatcher:
    """Rings through the Celery queue.

    Args:
        settings: gives the broker.
    """

    def __init__(self, settings: Settings) -> None:
        self._app = Celery("judge", broker=broker_url(settings), set_as_current=False)
        self._app.conf.update(common_config())
        # One try: whoever hands in does not wait for a queue that is down.
        self._app.conf.broker_transport_options["max_retries"] = 0

    def ring(
        self,
        judgement_id: int,
        gpu_need: str = "none",
        *,
        but: frozenset[str] = frozenset(),
        worker: str = "",
    ) -> bool:
        """See `Dispatcher.ring`."""
        queue = own_queue(worker) if worker else _QUEUE_OF[gpu_need]
        if queue in but:
            return False
        try:
            self._app.send_task(TASK, [judgement_id], queue=queue, retry=False, ignore_result=True)
        except (OperationalError, KombuError, OSError) as error:
            logger.warning("doorbell_not_heard", judgement_id=judgement_id, reason=str(error))
            return False
        return True

    def close(self) -> None:
        """Close connections to the broker."""
        self._app.close()


def broker_url(settings: Settings) -> str:
    """Return the broker's URL in kombu's spelling (`redis+socket://` for a Unix socket)."""
    url = settings.effective_redis_url
    return "redis+socket://" + url.removeprefix("unix://") if url.startswith("unix://") else url


def common_config() -> dict[str, Any]:
    """Return the settings that sender and worker must share."""
    return {
        "task_serializer": "json",
        "result_serializer": "json",
        "accept_content": ["json"],
        "task_ignore_result": True,
        "task_default_queue": QUEUE,
        "broker_connection_retry_on_startup": True,
        "broker_connection_timeout": 2.0,
        "broker_transport_options": {
            "visibility_timeout": VISIBILITY_TIMEOUT_S,
            "unacked_restore_interval": 2,
            "unacked_restore_throttle": 1,
            "socket_connect_timeout": 2.0,
            "socket_keepalive": True,
        },
    }
