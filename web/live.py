"""Server-sent events: a stream per watcher, with a cap per process so that pages still get threads."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, cast

from flask import Flask, current_app

if TYPE_CHECKING:
    from judge.events import EventBus

HEARTBEAT_S = 15.0
MAX_STREAM_S = 300.0  # then the browser connects anew; a forgotten tab does not hold a thread for ever
RETRY_MS = 1500

Snapshot = dict[str, object]


class StreamSlots:
    """How many streams this process holds open at one time.

    Args:
        n_slots: the cap.
    """

    def __init__(self, n_slots: int) -> None:
        self._slots = threading.BoundedSemaphore(max(1, n_slots))

    def take(self) -> bool:
        """Take a slot if one is free."""
        return self._slots.acquire(blocking=False)

    def give_back(self) -> None:
        """Return a slot that was taken."""
        self._slots.release()


def stream(
    events: "EventBus",
    public_id: str,
    snapshot: Callable[[], Snapshot],
    *,
    heartbeat_s: float = HEARTBEAT_S,
    max_s: float = MAX_STREAM_S,
) -> Iterator[str]:
    """Yield the state of a submission now and after each change, until it is final.

    Subscribes before it looks, so that nothing that happens in between is missed; looks again at
    each heartbeat, so that a lost event costs seconds and not the result.

    Args:
        events: where changes are announced.
        public_id: of the submission.
        snapshot: reads the present state; `is_final` in it ends the stream.
        heartbeat_s: seconds between signs of life.
        max_s: seconds after which the stream ends and the browser connects anew.
    """
    ends_at = time.monotonic() + max_s
    with events.listen(public_id) as listener:
        yield f"retry: {RETRY_MS}\n\n"
        shown: Snapshot = {}
        while True:
            present = snapshot()
            if present != shown:
                shown = present
                yield f"event: state\ndata: {json.dumps(present)}\n\n"
            else:
                yield ": still here\n\n"
            if present["is_final"] or time.monotonic() >= ends_at:
                return
            listener.next(heartbeat_s)


def slots() -> StreamSlots:
    """Return the slots of the running application."""
    return cast("StreamSlots", current_app.extensions["judge.streams"])


def configure(app: Flask, n_threads: int) -> None:
    """Give the application its slots: three of four threads may hold streams, the rest serve pages."""
    app.extensions["judge.streams"] = StreamSlots(n_threads * 3 // 4)
