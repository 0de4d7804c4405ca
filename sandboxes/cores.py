"""Lends processor cores, so that what is judged does not share its core while there are cores enough.

A program that is moved between cores, or shares one with another, takes longer by an amount that depends
on its neighbours. Each sandbox is therefore pinned to as many cores as its limits allow it to use: when it
is made, away from what runs; and again when its step begins, to the cores with the least running on them.
"""

import math
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

# A sandbox that waits uses next to nothing, but among equals one goes where nobody waits either.
IDLE_SHARE = 1e-3
# Other processes of the host are seen in the kernel's counters; reading them on every step would cost more.
LOOK_EVERY_S = 0.2
# At most this much is made of them: whom we put there ourselves always counts for more.
MAX_FOREIGN = 1e-4
KERNEL_COUNTERS = Path("/proc/stat")


@dataclass(slots=True, eq=False)
class CoreLease:
    """One sandbox's hold on cores.

    Attributes:
        cores: those it is pinned to now, ascending.
    """

    lender: "CoreLender"
    cores: tuple[int, ...]
    share: float = IDLE_SHARE
    is_running: bool = False

    def begin(self, n_cpus: float) -> tuple[int, ...]:
        """Choose anew for a step that starts now; a step that already runs stays where it is.

        Args:
            n_cpus: cores it may use at one time.
        """
        return self.lender.begin(self, n_cpus)

    def end(self) -> None:
        """Give them back. Idempotent."""
        self.lender.end(self)


@dataclass(slots=True)
class CoreLender:
    """All cores that sandboxes of this process may use. Thread-safe.

    Args:
        cores: their numbers, as the kernel counts.
    """

    cores: Sequence[int]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _leases: list[CoreLease] = field(default_factory=list)
    _seen_at: float = 0.0
    _ticks: dict[int, int] = field(default_factory=dict)
    _foreign: dict[int, float] = field(default_factory=dict)

    def lend(self, n_cpus: float) -> CoreLease:
        """Lend cores to a sandbox that will wait for its step.

        Args:
            n_cpus: cores it may use at one time.
        """
        with self._lock:
            lease = CoreLease(self, self._least_loaded(n_cpus))
            self._leases.append(lease)
            return lease

    def begin(self, lease: CoreLease, n_cpus: float) -> tuple[int, ...]:
        """See `CoreLease.begin`."""
        with self._lock:
            if lease in self._leases and not (lease.is_running and len(lease.cores) == self._width(n_cpus)):
                self._leases.remove(lease)
                lease.cores = self._least_loaded(n_cpus)
                lease.share, lease.is_running = n_cpus / len(lease.cores), True
                self._leases.append(lease)
            return lease.cores

    def end(self, lease: CoreLease) -> None:
        """See `CoreLease.end`."""
        with self._lock:
            if lease in self._leases:
                self._leases.remove(lease)

    def _width(self, n_cpus: float) -> int:
        return min(math.ceil(n_cpus), len(self.cores))

    def _least_loaded(self, n_cpus: float) -> tuple[int, ...]:
        load = dict.fromkeys(self.cores, 0.0)
        for lease in self._leases:
            for core in lease.cores:
                load[core] += lease.share
        if len(self.cores) > 1:
            self._look_round()
        ranked = sorted(self.cores, key=lambda core: (load[core] + self._foreign.get(core, 0.0), core))
        return tuple(sorted(ranked[: self._width(n_cpus)]))

    def _look_round(self) -> None:
        """See how busy each core was of late, whoever it was: other workers pin their sandboxes, too."""
        now = time.monotonic()
        if now - self._seen_at < LOOK_EVERY_S:
            return
        before, self._ticks, self._seen_at = self._ticks, busy_ticks(), now
        used = {core: max(0, ticks - before.get(core, ticks)) for core, ticks in self._ticks.items()}
        most = max(used.values(), default=0)
        self._foreign = {core: MAX_FOREIGN * ticks / most for core, ticks in used.items()} if most else {}


def busy_ticks() -> dict[int, int]:
    """Return for each core how many clock ticks it has worked since the boot; empty where nobody counts."""
    try:
        lines = KERNEL_COUNTERS.read_text(encoding="ascii").splitlines()
    except OSError:
        return {}
    found = {}
    for line in lines:
        name, *counts = line.split()
        if name.startswith("cpu") and name != "cpu":
            idle = sum(map(int, counts[3:5]))  # idle and waiting for a disk
            found[int(name[3:])] = sum(map(int, counts[:8])) - idle
    return found
