"""Tells watchers that a submission moved. Rows are the truth; an event only says «look again».

Losing an event is allowed: every listener also reads the row when it starts and when it times out.
"""

import json
import queue
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

import redis
import structlog

logger = structlog.get_logger(__name__)

CHANNEL = "judge:submission:"
_CONNECT_TIMEOUT_S = 2.0


class Listener(Protocol):
    """An open subscription."""

    def next(self, timeout_s: float) -> dict[str, Any] | None:
        """Return the next event, or None when none came in time (or the line is down)."""
        ...


class EventBus(Protocol):
    """Publishes and subscribes by a submission's public id."""

    def publish(self, public_id: str, payload: Mapping[str, Any]) -> None:
        """Tell whoever listens. Never raises for a broken line."""
        ...

    @contextmanager
    def listen(self, public_id: str) -> Iterator[Listener]:
        """Subscribe; the subscription stands before the block begins."""
        ...

    def is_alive(self) -> bool:
        """Whether events flow now, for readiness probes."""
        ...


class Events:
    """Events over Redis pub/sub.

    Args:
        redis_url: as in the settings (`unix://` or `redis://`).
    """

    def __init__(self, redis_url: str) -> None:
        self._redis = redis.Redis.from_url(redis_url, socket_connect_timeout=_CONNECT_TIMEOUT_S)

    def publish(self, public_id: str, payload: Mapping[str, Any]) -> None:
        """See `EventBus.publish`."""
        try:
            self._redis.publish(CHANNEL + public_id, json.dumps(payload))
        except redis.RedisError as error:
            logger.warning("event_lost", public_id=public_id, reason=str(error))

    @contextmanager
    def listen(self, public_id: str) -> Iterator[Listener]:
        """See `EventBus.listen`."""
        pubsub: redis.client.PubSub = self._redis.pubsub()  # type: ignore[no-untyped-call]
        try:
            try:
                pubsub.subscribe(CHANNEL + public_id)
                # The answer to SUBSCRIBE: from here on nothing published is missed.
                pubsub.get_message(timeout=_CONNECT_TIMEOUT_S)
            except redis.RedisError as error:
                logger.warning("event_subscribe_failed", public_id=public_id, reason=str(error))
                yield _DeadListener()
                return
            yield _RedisListener(pubsub)
        finally:
            pubsub.close()

    def is_alive(self) -> bool:
        """Whether the server answers, for readiness probes."""
        try:
            return bool(self._redis.ping())
        except redis.RedisError:
            return False


class _RedisListener:
    def __init__(self, pubsub: redis.client.PubSub) -> None:
        self._pubsub = pubsub
        self._is_down = False

    def next(self, timeout_s: float) -> dict[str, Any] | None:
        if self._is_down:
            _wait_in_vain(timeout_s)
            return None
        try:
            message = self._pubsub.get_message(ignore_subscribe_messages=True, timeout=timeout_s)
        except redis.RedisError as error:
            logger.warning("event_line_broken", reason=str(error))
            self._is_down = True
            return None
        if message is None or message["type"] != "message":
            return None
        payload = json.loads(message["data"])
        return payload if isinstance(payload, dict) else None


class _DeadListener:
    def next(self, timeout_s: float) -> dict[str, Any] | None:
        _wait_in_vain(timeout_s)
        return None


def _wait_in_vain(timeout_s: float) -> None:
    """Keep the caller's rhythm when the line is down, so it looks at the row and does not spin."""
    threading.Event().wait(min(timeout_s, 1.0))


class InlineEvents:
    """Events inside one process, for tests and single-process use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queues: dict[str, list[queue.SimpleQueue[dict[str, Any]]]] = defaultdict(list)

    def publish(self, public_id: str, payload: Mapping[str, Any]) -> None:
        """See `EventBus.publish`."""
        with self._lock:
            for waiting in self._queues[public_id]:
                waiting.put(dict(payload))

    @contextmanager
    def listen(self, public_id: str) -> Iterator[Listener]:
        """See `EventBus.listen`."""
        waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        with self._lock:
            self._queues[public_id].append(waiting)
        try:
            yield _QueueListener(waiting)
        finally:
            with self._lock:
                self._queues[public_id].remove(waiting)

    def is_alive(self) -> bool:
        """Whether events flow: always."""
        return True


class _QueueListener:
    def __init__(self, waiting: "queue.SimpleQueue[dict[str, Any]]") -> None:
        self._waiting = waiting

    def next(self, timeout_s: float) -> dict[str, Any] | None:
        try:
            return self._waiting.get(timeout=timeout_s)
        except queue.Empty:
            return None
