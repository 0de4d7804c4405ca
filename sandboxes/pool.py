"""Warm single-use sandboxes: made before the work arrives, lent once, replaced off the critical path.

Making one costs an interpreter and its imports (0.05 s plain, about 1 s with numpy and scikit-learn);
handing a step to one that waits costs some milliseconds. Making is CPU work, so it would slow down and
distort what is being judged on the same cores: refilling waits while steps run, unless the host has
cores to spare. Who finds nothing ready makes one for himself, as if there were no pool.
"""

import logging
import os
import threading
import time
from collections import deque
from dataclasses import dataclass, field

from sandboxes.base import Case, Channel, Profile, Provider, Sandbox, Step, Stream
from sandboxes.errors import ProviderUnavailable, SandboxError
from sandboxes.results import StepResult

logger = logging.getLogger(__name__)

# Demand is what was lent within this window; a profile nobody asked for in it is let go.
DEMAND_WINDOW_S = 300.0
# After a failed refill: an engine that is down shall not be asked a hundred times a second.
BACKOFF_S = 5.0


@dataclass
class _Shelf:
    """What waits for one profile."""

    ready: deque[Sandbox] = field(default_factory=deque)
    lent_at: deque[float] = field(default_factory=deque)  # monotonic instants within the window
    n_lent: int = 0
    peak_lent: int = 1
    not_before: float = 0.0


class PooledSandbox(Sandbox):
    """A lent sandbox; its end tells the pool that the cores are free again.

    Args:
        pool: to be told.
        profile: it was lent for.
        inner: the provider's sandbox.
        is_warm: whether it had been waiting.
    """

    def __init__(self, pool: "Pool", profile: Profile, inner: Sandbox, is_warm: bool) -> None:
        self.id = inner.id
        self.is_warm = is_warm
        self._pool = pool
        self._profile = profile
        self._inner = inner
        self._lock = threading.Lock()
        self._is_returned = False

    def is_alive(self) -> bool:
        """See `Sandbox.is_alive`."""
        return not self._is_returned and self._inner.is_alive()

    def start(self, step: Step) -> None:
        """See `Sandbox.start`."""
        self._inner.start(step)

    def channel(self) -> Channel:
        """See `Sandbox.channel`."""
        return self._inner.channel()

    def stdio(self) -> Stream:
        """See `Sandbox.stdio`."""
        return self._inner.stdio()

    def run_case(self, case: Case) -> StepResult:
        """See `Sandbox.run_case`."""
        return self._inner.run_case(case)

    def end_cases(self) -> None:
        """See `Sandbox.end_cases`."""
        self._inner.end_cases()

    def wait(self) -> StepResult:
        """See `Sandbox.wait`."""
        return self._inner.wait()

    def cancel(self) -> None:
        """See `Sandbox.cancel`."""
        self._inner.cancel()

    def destroy(self) -> None:
        """See `Sandbox.destroy`."""
        with self._lock:
            if self._is_returned:
                return
            self._is_returned = True
        try:
            self._inner.destroy()
        finally:
            self._pool._returned(self._profile)


class Pool:
    """Lends sandboxes of any provider.

    Args:
        provider: makes them.
        max_warm: most that wait per profile; 0 turns warming off.
        max_total: most that wait over all profiles, the memory bound (None: four times `max_warm`).
        n_spare_cores: refill goes on while fewer than this many sandboxes are lent; None takes half
            of the cores, so one step on two cores already pauses it when it is the second.
    """

    def __init__(
        self,
        provider: Provider,
        max_warm: int = 1,
        max_total: int | None = None,
        n_spare_cores: int | None = None,
    ) -> None:
        self.provider = provider
        self._max_warm = max_warm
        self._max_total = 4 * max_warm if max_total is None else max_total
        self._n_spare_cores = n_spare_cores if n_spare_cores is not None else (os.cpu_count() or 1) // 2
        self._condition = threading.Condition()
        self._shelves: dict[Profile, _Shelf] = {}
        self._n_lent = 0
        self._is_closed = False
        self._refiller: threading.Thread | None = None
        if max_warm > 0:
            self._refiller = threading.Thread(target=self._refill, name="pool-refill", daemon=True)
            self._refiller.start()

    def prepare(self, profile: Profile) -> None:
        """Ask for one to be warmed although nobody has wanted it yet (a worker's start)."""
        with self._condition:
            shelf = self._shelves.setdefault(profile, _Shelf())
            shelf.lent_at.append(time.monotonic())
            self._condition.notify_all()

    def acquire(self, profile: Profile) -> PooledSandbox:
        """Lend a sandbox: a warm one if one is ready and alive, else one made now.

        The caller destroys it (`run` does).

        Raises:
            SandboxError: it had to be made and that failed.
        """
        inner = self._take(profile)
        is_warm = inner is not None
        if inner is None:
            try:
                inner = self.provider.create(profile)
            except BaseException:
                self._returned(profile)
                raise
        return PooledSandbox(self, profile, inner, is_warm)

    def n_ready(self, profile: Profile) -> int:
        """Return how many wait for a profile."""
        with self._condition:
            shelf = self._shelves.get(profile)
            return len(shelf.ready) if shelf is not None else 0

    def close(self) -> None:
        """Destroy what waits. Lent sandboxes stay with their borrowers."""
        with self._condition:
            self._is_closed = True
            self._condition.notify_all()
        if self._refiller is not None:
            self._refiller.join()
        with self._condition:
            waiting = [sandbox for shelf in self._shelves.values() for sandbox in shelf.ready]
            self._shelves.clear()
        for sandbox in waiting:
            sandbox.destroy()

    def _take(self, profile: Profile) -> Sandbox | None:
        """Count a loan, and return a live sandbox that waited, if there is one."""
        dead: list[Sandbox] = []
        found: Sandbox | None = None
        with self._condition:
            if self._is_closed:
                raise ProviderUnavailable("the pool was closed")
            shelf = self._shelves.setdefault(profile, _Shelf())
            shelf.lent_at.append(time.monotonic())
            shelf.n_lent += 1
            shelf.peak_lent = max(shelf.peak_lent, shelf.n_lent)
            self._n_lent += 1
            self._condition.notify_all()
            while shelf.ready and found is None:
                candidate = shelf.ready.popleft()
                if candidate.is_alive():
                    found = candidate
                else:
                    dead.append(candidate)
        for sandbox in dead:
            logger.warning("warm_sandbox_died", extra={"sandbox_id": sandbox.id})
            sandbox.destroy()
        return found

    def _returned(self, profile: Profile) -> None:
        with self._condition:
            self._n_lent -= 1
            shelf = self._shelves.get(profile)
            if shelf is not None:
                shelf.n_lent -= 1
            self._condition.notify_all()

    def _wanted(self, shelf: _Shelf, now: float) -> int:
        """How many shall wait for a profile: as many as were lent at one time, while there is demand."""
        while shelf.lent_at and shelf.lent_at[0] < now - DEMAND_WINDOW_S:
            shelf.lent_at.popleft()
        if not shelf.lent_at:
            shelf.peak_lent = max(1, shelf.n_lent)
            return 0
        return min(self._max_warm, shelf.peak_lent, len(shelf.lent_at))

    def _next_profile(self, now: float) -> Profile | None:
        """Choose what to make: the profile with the most loans of late among those that lack one."""
        if self._n_lent > 0 and self._n_lent >= self._n_spare_cores:
            return None
        if sum(len(shelf.ready) for shelf in self._shelves.values()) >= self._max_total:
            return None
        lacking = [
            (len(shelf.lent_at), index, profile)
            for index, (profile, shelf) in enumerate(self._shelves.items())
            if len(shelf.ready) < self._wanted(shelf, now) and now >= shelf.not_before
        ]
        return max(lacking)[2] if lacking else None

    def _surplus(self, now: float) -> list[Sandbox]:
        """Take off the shelves what nobody wants any more."""
        surplus = []
        for profile, shelf in list(self._shelves.items()):
            while len(shelf.ready) > self._wanted(shelf, now):
                surplus.append(shelf.ready.pop())
            if not shelf.ready and not shelf.lent_at and shelf.n_lent == 0:
                del self._shelves[profile]
        return surplus

    def _refill(self) -> None:
        while True:
            with self._condition:
                now = time.monotonic()
                surplus = self._surplus(now)
                profile = self._next_profile(now)
                if self._is_closed:
                    break
                if profile is None and not surplus:
                    self._condition.wait(timeout=BACKOFF_S)
                    continue
            for sandbox in surplus:
                sandbox.destroy()
            if profile is not None:
                self._make(profile)
        for sandbox in surplus:
            sandbox.destroy()

    def _make(self, profile: Profile) -> None:
        try:
            made = self.provider.create(profile)
        except (SandboxError, ValueError):
            logger.exception("pool_refill_failed", extra={"image": profile.image})
            with self._condition:
                if profile in self._shelves:
                    self._shelves[profile].not_before = time.monotonic() + BACKOFF_S
            return
        with self._condition:
            shelf = self._shelves.get(profile)
            if shelf is not None and not self._is_closed:
                shelf.ready.append(made)
                return
        made.destroy()
