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
# Longer than any judgement: a second delivery is harmless (the claim is refused) but useless.
VISIBILITY_TIMEOUT_S = 24 * 3600


class Dispatcher(Protocol):
    """Wakes a worker."""

    def ring(self, judgement_id: int) -> bool:
        """Ring for one judgement. Never raises for a broken line; returns whether it was rung."""
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

    def ring(self, judgement_id: int) -> bool:
        """See `Dispatcher.ring`."""
        try:
            self._app.send_task(TASK, [judgement_id], queue=QUEUE, retry=False, ignore_result=True)
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
