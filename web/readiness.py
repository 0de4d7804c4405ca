"""Whether what the portal stands on answers: the database and the queue."""

import logging
from typing import TYPE_CHECKING

import redis

from judge.models import Account

if TYPE_CHECKING:
    from judge.runtime import Runtime

logger = logging.getLogger(__name__)
QUEUE_TIMEOUT_S = 2.0


def check(runtime: "Runtime") -> dict[str, str]:
    """Ask each part.

    Args:
        runtime: whose parts are asked.

    Returns:
        Part → `ok` or `unreachable`; why goes to the log, not to strangers.
    """
    return {
        "database": "ok" if _database_answers(runtime) else "unreachable",
        "queue": "ok" if _queue_answers(runtime.settings.effective_redis_url) else "unreachable",
    }


def _database_answers(runtime: "Runtime") -> bool:
    try:
        with runtime.database.read() as session:
            session.get(Account, 0)
    except Exception:  # the driver's errors differ by database, and any of them means «not ready»
        logger.exception("database-unreachable")
        return False
    return True


def _queue_answers(url: str) -> bool:
    client = redis.Redis.from_url(url, socket_timeout=QUEUE_TIMEOUT_S, socket_connect_timeout=QUEUE_TIMEOUT_S)
    try:
        return bool(client.ping())
    except (redis.RedisError, OSError):
        logger.warning("queue-unreachable")
        return False
    finally:
        client.close()
