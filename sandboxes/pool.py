"""Warm single-use sandboxes: made before the work arrives, lent once, replaced off the critical path.

Making one costs an interpreter and its imports (0.05 s plain, about 1 s with torch or scikit-learn); handing
a step to one that waits costs some milliseconds. Making is CPU work and would slow down and distort what
is judged on the same cores, so stock is made while nothing is lent, and held where it stands while
something is. That pause is bounded: under work without end, one at a time is made after all, at a low
weight. Who finds nothing ready gets the next one of his profile, whoever began it; only as many are made
at once as there are cores, since making more of them takes everyone longer.
"""

import logging
import os
import threading
import time
from collections import Counter, deque
from functools import partial

from sandboxes.base import Profile, Provider, Sandbox
from sandboxes.errors import ProviderUnavailable, SandboxError
from sandboxes.footprint import memory_figures
from sandboxes.lent import PooledSandbox
from sandboxes.pacing import Pacing
from sandboxes.shelf import Backoff, Counts, Making, Ticket
from sandboxes.stock import Memory, Stock

logger = logging.getLogger(__name__)

# How often those that wait are looked at, and the host's memory.
LOOK_EVERY_S = 1.0
REPORT_EVERY_S = 300.0


class Pool:
    """Lends sandboxes of any provider.

    Args:
        provider: makes them.
        max_warm: most that wait per profile; 0 turns warming off.
        max_total: most that wait over all profiles (None: four times `max_warm`).
        n_spare_cores: refill goes on while fewer than this many sandboxes are lent; None takes half
            of the cores, so one step on two cores already pauses it.
        warm_memory_mib: most memory of all that wait; None takes a quarter of the host's.
        n_makers: most that are made at one time; None takes the number of cores.
    """

    def __init__(
        self,
        provider: Provider,
        max_warm: int = 1,
        max_total: int | None = None,
        *,
        n_spare_cores: int | None = None,
        warm_memory_mib: float | None = None,
        n_makers: int | None = None,
    ) -> None:
        n_cores = os.cpu_count() or 1
        self.provider = provider
        self._n_makers = n_makers or max(2, n_cores)
        spare = n_cores // 2 if n_spare_cores is None else n_spare_cores
        self._pacing = Pacing(self._n_makers, spare)
        self._stock = Stock(max_warm, 4 * max_warm if max_total is None else max_total, warm_memory_mib)
        self._lock = threading.RLock()
        self._wake = threading.Condition(self._lock)  # the keeper waits here
        self._served = threading.Condition(self._lock)  # borrowers, and `close`, wait here
        self._tickets: deque[Ticket] = deque()
        self._makings: list[Making] = []
        self._n_discarding = 0  # made for nobody and not yet destroyed
        self._engine = Backoff()
        self._is_closed = False
        self._keeper: threading.Thread | None = None
        if max_warm > 0:
            self._keeper = threading.Thread(target=self._keep, name="pool-keeper", daemon=True)
            self._keeper.start()

    def prepare(self, profile: Profile) -> None:
        """Keep at least one warm from now on although nobody has wanted it yet (a worker's start)."""
        with self._lock:
            self._stock.shelf(profile).demand.prepare()
            self._wake.notify()

    def acquire(self, profile: Profile) -> PooledSandbox:
        """Lend a sandbox: a warm one if one is ready and alive, else the next one made.

        The caller destroys it (`run` does).

        Raises:
            SandboxError: it had to be made and that failed.
        """
        with self._lock:
            if self._is_closed:
                raise ProviderUnavailable("the pool was closed")
            now = time.monotonic()
            dead, found = self._take(profile, now)
            ticket = Ticket(profile, found)
            if found is None:
                self._tickets.append(ticket)
                self._wake.notify()
            self._direct(now)
        self._bury(dead)
        try:
            inner = self._await(ticket)
        except BaseException:
            self._returned(profile)
            raise
        return PooledSandbox(inner, found is not None, partial(self._returned, profile))

    def n_ready(self, profile: Profile) -> int:
        """Return how many wait for a profile."""
        with self._lock:
            shelf = self._stock.shelves.get(profile)
            return len(shelf.ready) if shelf is not None else 0

    def counts(self) -> dict[Profile, Counts]:
        """Return what happened so far, per profile."""
        with self._lock:
            return self._stock.counts()

    def close(self) -> None:
        """Destroy what waits or is being made. Lent sandboxes stay with their borrowers."""
        with self._lock:
            self._is_closed = True
            for ticket in self._tickets:
                ticket.error = ProviderUnavailable("the pool was closed")
            self._tickets.clear()
            self._direct(time.monotonic())
            self._wake.notify_all()
            self._served.notify_all()
            while self._makings or self._n_discarding:
                self._served.wait()
            waiting = self._stock.empty()
        if self._keeper is not None and self._keeper is not threading.current_thread():
            self._keeper.join()
        self._bury(waiting)
        with self._lock:
            self._stock.report()

    def _take(self, profile: Profile, now: float) -> tuple[list[Sandbox], Sandbox | None]:
        """Count a loan; return the dead that were met, and a live one if there is one."""
        self._pacing.lend(now)
        if self._pacing.has_spare_cores():
            self._wake.notify()
        shelf = self._stock.shelf(profile)
        shelf.demand.lend(now)
        dead = shelf.take_dead(now)
        if not shelf.ready:
            return dead, None
        shelf.lent(is_warm=True)
        return dead, shelf.ready.popleft()

    def _await(self, ticket: Ticket) -> Sandbox:
        with self._lock:
            try:
                while not ticket.is_served():
                    self._served.wait()
            except BaseException:  # interrupted: nobody will fetch it any more
                if ticket in self._tickets:
                    self._tickets.remove(ticket)
                if ticket.made is not None:
                    ticket.made.destroy()
                raise
        return ticket.result()

    def _returned(self, profile: Profile) -> None:
        with self._lock:
            self._pacing.give_back(time.monotonic())
            shelf = self._stock.shelves.get(profile)
            if shelf is not None:
                shelf.demand.give_back()
            self._wake.notify()

    def _direct(self, now: float) -> None:
        """Begin what borrowers wait for, and say of everything in the making whether it goes on."""
        waiting = Counter(ticket.profile for ticket in self._tickets)
        for making in self._makings:
            making.is_urgent = waiting[making.profile] > 0 or self._is_closed
            waiting[making.profile] -= 1
        n_urgent = sum(making.is_urgent for making in self._makings)
        for ticket in self._tickets:
            if n_urgent < self._n_makers and waiting[ticket.profile] > 0:
                waiting[ticket.profile] -= 1
                n_urgent += 1
                self._begin(Making(ticket.profile, is_urgent=True))
        n_free = self._pacing.n_allowed(now, len(self._tickets), n_urgent)
        for making in self._makings:
            is_held = not making.is_urgent and n_free <= 0
            n_free -= not making.is_urgent
            # On a host that is idle but for others' work it weighs as much as they do, or it would never end.
            making.brake.set(is_held=is_held, is_light=not making.is_urgent and self._pacing.n_lent > 0)
        if n_free < 0:
            self._pacing.blocked(now)

    def _begin(self, making: Making) -> None:
        self._makings.append(making)
        threading.Thread(target=self._make, args=(making,), name="pool-maker", daemon=True).start()

    def _make(self, making: Making) -> None:
        made: Sandbox | None = None
        error: BaseException | None = None
        footprint_mib = None
        try:
            made = self.provider.create(making.profile, making.brake)
            footprint_mib = self.provider.footprint_mib(made)
        except BaseException as failure:  # the borrower's, if one waits; logged otherwise
            error = failure
        with self._lock:
            self._makings.remove(making)
            rest = self._settle(making.profile, made, error)
            self._stock.shelf(making.profile).measured(footprint_mib)
            self._n_discarding += len(rest)
            self._direct(time.monotonic())
            self._wake.notify()
            self._served.notify_all()
        self._bury(rest)
        with self._lock:
            self._n_discarding -= len(rest)
            self._served.notify_all()

    def _settle(self, profile: Profile, made: Sandbox | None, error: BaseException | None) -> list[Sandbox]:
        """Give what was made to who waits for it, or put it on the shelf; return what is to be destroyed."""
        now = time.monotonic()
        shelf = self._stock.shelf(profile)
        ticket = next((one for one in self._tickets if one.profile == profile), None)
        if ticket is not None:
            self._tickets.remove(ticket)
            ticket.made, ticket.error = made, error
        if made is None:
            return self._failed(profile, error, has_borrower=ticket is not None)
        shelf.n_made += 1
        self._engine.worked()
        if ticket is not None:
            shelf.lent(is_warm=False)
            return []
        self._pacing.served()
        if self._is_closed or len(shelf.ready) >= self._stock.wanted(profile, now):
            return [made]
        shelf.ready.append(made)
        return []

    def _failed(self, profile: Profile, error: BaseException | None, *, has_borrower: bool) -> list[Sandbox]:
        now = time.monotonic()
        shelf = self._stock.shelf(profile)
        shelf.n_failed += 1
        shelf.backoff.failed(now)
        if not has_borrower:
            expected = isinstance(error, SandboxError | ValueError)
            extra = {"image": profile.image, "error": str(error), "retry_in_s": shelf.backoff.wait_s}
            logger.error("pool_refill_failed", extra=extra, exc_info=None if expected else error)
        if not isinstance(error, ProviderUnavailable):
            return []
        # An engine that comes back kills what it left running, so none of it is lent any more.
        self._engine.failed(now)
        return self._stock.empty()

    def _keep(self) -> None:
        """Look after the shelves until the pool is closed."""
        next_report = time.monotonic() + REPORT_EVERY_S
        while True:
            with self._lock:
                if self._is_closed:
                    return
                now = time.monotonic()
                leaving = self._look(now)
                self._direct(now)
                if now >= next_report:
                    next_report = now + REPORT_EVERY_S
                    self._stock.report()
                if not leaving:
                    self._wake.wait(timeout=self._pause_s(now))
            self._bury(leaving)

    def _look(self, now: float) -> list[Sandbox]:
        """Begin what is lacking; return what died or is not wanted any more."""
        memory = Memory(*memory_figures())
        leaving = [dead for shelf in self._stock.shelves.values() for dead in shelf.take_dead(now)]
        making = Counter(one.profile for one in self._makings if not one.is_urgent)
        leaving += self._stock.surplus(now, making, memory)
        if now < self._engine.not_before:
            return leaving
        is_lacking = self._stock.is_lacking(now, making)
        if not is_lacking and not making:
            self._pacing.served()
        n_urgent = sum(one.is_urgent for one in self._makings)
        n_allowed = self._pacing.n_allowed(now, len(self._tickets), n_urgent)
        while making.total() < n_allowed:
            profile = self._stock.next(now, making, memory)
            if profile is None:
                return leaving
            making[profile] += 1
            self._begin(Making(profile))
        if is_lacking and n_allowed == 0:
            self._pacing.blocked(now)
        return leaving

    def _pause_s(self, now: float) -> float:
        """Return how long nothing will need doing, unless somebody borrows or gives back."""
        instants = (self._pacing.next_change(now), self._engine.not_before, self._stock.next_try(now))
        return min([LOOK_EVERY_S, *(instant - now for instant in instants if instant > now)])

    def _bury(self, sandboxes: list[Sandbox]) -> None:
        for sandbox in sandboxes:
            if not sandbox.is_alive():
                logger.warning("warm_sandbox_died", extra={"sandbox_id": sandbox.id})
            sandbox.destroy()
