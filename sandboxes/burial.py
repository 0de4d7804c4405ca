"""Removes dead sandboxes in the background, so that no step waits for another's funeral."""

import logging
import queue
import threading
from collections.abc import Callable

logger = logging.getLogger(__name__)


class Undertaker:
    """One thread that runs removals in order, started with the first."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def submit(self, removal: Callable[[], None]) -> None:
        """Queue a removal. It must be idempotent."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="undertaker", daemon=True)
                self._thread.start()
            self._queue.put(removal)

    def drain(self) -> None:
        """Wait until everything queued so far is done, and end the thread."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is not None:
                self._queue.put(None)
        if thread is not None:
            thread.join()

    def _work(self) -> None:
        while (removal := self._queue.get()) is not None:
            try:
                removal()
            except Exception:  # one failed removal must not keep all later ones from happening
                logger.exception("sandbox_removal_failed")
