"""Removes dead sandboxes in the background, so that no step waits for another's funeral.

An engine may be stopped, restarting or slow just when something is to be removed. What cannot be removed
now is tried again, later and later, while everything else goes on. What is left when the process ends is
found by the sweep of a later life, which looks at what there is and not at what we remember.

Removing costs processor time, some ten milliseconds with torch loaded and more in the engine. Where nothing
of a participant's runs any more it waits until no step runs that it would slow down, within bounds.
"""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

logger = logging.getLogger(__name__)

Removal = Callable[[], None]
FIRST_PAUSE_S, LAST_PAUSE_S = 0.5, 60.0
# A removal that hangs (an engine that is stopped) holds up one of them; a second does all the others.
N_THREADS = 2
# What may wait is looked at again so soon, waits no longer than this in all, and so many do at most.
LOOK_AGAIN_S, LONGEST_WAIT_S, MAX_WAITING = 0.1, 5.0, 8


@dataclass(frozen=True, slots=True)
class Burials:
    """How removals went so far.

    Attributes:
        n_done: sandboxes removed.
        n_waiting: queued or being removed now.
        n_failing: of those, the ones that failed at least once.
        last_failure: why the last failure was; empty if there was none.
    """

    n_done: int
    n_waiting: int
    n_failing: int
    last_failure: str


@dataclass(order=True, slots=True)
class _Grave:
    """One removal and when to try it."""

    not_before: float
    order: int
    removal: Removal = field(compare=False)
    name: str = field(compare=False)
    waits_until: float = field(compare=False)
    n_failed: int = field(compare=False, default=0)


class Undertaker:
    """A few threads that run removals, started with the first.

    Args:
        is_busy: whether a step runs that removals should not disturb.
    """

    def __init__(self, is_busy: Callable[[], bool] = lambda: False) -> None:
        self._is_busy = is_busy
        self._n_draining = 0
        self._condition = threading.Condition()
        self._waiting: list[_Grave] = []
        self._under_way: set[int] = set()
        self._failing: set[int] = set()
        self._order = itertools.count()
        self._threads: list[threading.Thread] = []
        self._n_done = 0
        self._last_failure = ""

    def submit(self, removal: Removal, name: str = "", *, may_wait: bool = False) -> None:
        """Queue a removal.

        Args:
            removal: must be idempotent; it is called again after it raised.
            name: of what is removed, for the log.
            may_wait: whether it can wait for a moment when no step runs.
        """
        now = time.monotonic()
        waits_until = now + LONGEST_WAIT_S if may_wait else now
        with self._condition:
            due = now + LOOK_AGAIN_S if may_wait and not self._n_draining else now
            heapq.heappush(self._waiting, _Grave(due, next(self._order), removal, name, waits_until))
            if len(self._threads) < N_THREADS:
                thread = threading.Thread(target=self._work, name="undertaker", daemon=True)
                self._threads.append(thread)
                thread.start()
            self._condition.notify_all()

    def report(self) -> Burials:
        """Say how removals went so far."""
        with self._condition:
            n_waiting = len(self._waiting) + len(self._under_way)
            return Burials(self._n_done, n_waiting, len(self._failing), self._last_failure)

    def drain(self, patience_s: float = 30.0) -> bool:
        """Wait until everything queued so far is done, then end the threads.

        Args:
            patience_s: for those that fail again and again.

        Returns:
            Whether all is done.
        """
        deadline = time.monotonic() + patience_s
        with self._condition:
            self._n_draining += 1
            self._hurry()
            while (self._waiting or self._under_way) and (left_s := deadline - time.monotonic()) > 0:
                self._condition.wait(left_s)
            is_done = not self._waiting and not self._under_way
            self._n_draining -= 1
        if is_done:
            self._end_threads()
        return is_done

    def close(self, patience_s: float = 10.0) -> None:
        """Wait shortly for what waits, leave the rest to the sweep of a later life, and end the threads."""
        if self.drain(patience_s):
            return
        with self._condition:
            for grave in self._waiting:
                logger.error("sandbox_left_to_sweep", extra={"sandbox_id": grave.name})
            self._waiting.clear()
            self._failing.clear()
        self._end_threads()

    def _end_threads(self) -> None:
        with self._condition:
            threads, self._threads = self._threads, []
            self._condition.notify_all()
        for thread in threads:
            thread.join(1.0)  # one that hangs in a call to the engine is let go

    def _next(self) -> _Grave | None:
        """Wait for what is due; None when the threads shall end."""
        with self._condition:
            while True:
                if threading.current_thread() not in self._threads:
                    return None
                now = time.monotonic()
                if self._waiting and self._waiting[0].not_before <= now:
                    grave = heapq.heappop(self._waiting)
                    if self._shall_wait(grave, now):
                        grave.not_before = now + LOOK_AGAIN_S
                        heapq.heappush(self._waiting, grave)
                        continue
                    self._under_way.add(grave.order)
                    return grave
                self._condition.wait(self._waiting[0].not_before - now if self._waiting else None)

    def _shall_wait(self, grave: _Grave, now: float) -> bool:
        can_wait = now < grave.waits_until and not self._n_draining
        return can_wait and len(self._waiting) < MAX_WAITING and self._is_busy()

    def _hurry(self) -> None:
        """Make everything due that only waits for a quiet moment."""
        now = time.monotonic()
        for grave in self._waiting:
            if not grave.n_failed:
                grave.not_before = min(grave.not_before, now)
        heapq.heapify(self._waiting)
        self._condition.notify_all()

    def _work(self) -> None:
        while (grave := self._next()) is not None:
            try:
                grave.removal()
            except Exception as error:
                self._failed(grave, error)
            else:
                with self._condition:
                    self._n_done += 1
                    self._failing.discard(grave.order)
                    self._under_way.discard(grave.order)
                    self._condition.notify_all()

    def _failed(self, grave: _Grave, error: Exception) -> None:
        grave.n_failed += 1
        pause_s = min(FIRST_PAUSE_S * 2 ** (grave.n_failed - 1), LAST_PAUSE_S)
        fields = {"sandbox_id": grave.name, "n_failed": grave.n_failed}
        logger.warning("sandbox_removal_failed", exc_info=error, extra=fields)
        with self._condition:
            self._last_failure = f"{type(error).__name__}: {error}"
            self._under_way.discard(grave.order)
            self._failing.add(grave.order)
            grave.not_before = time.monotonic() + pause_s
            heapq.heappush(self._waiting, grave)
            self._condition.notify_all()
