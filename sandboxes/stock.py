"""What is worth having on the shelves, within memory: which to make next, which to let go.

Pure: instants and memory figures are passed in, nothing here starts or ends a sandbox.
"""

import logging
from collections import Counter
from dataclasses import asdict, dataclass

from sandboxes.base import Profile, Sandbox
from sandboxes.shelf import Counts, Shelf

logger = logging.getLogger(__name__)

# Left free for the work itself, as a share of the host's memory and at least.
RESERVE_SHARE, RESERVE_MIB = 0.10, 512.0
# More is made only while this many times the reserve would be free afterwards, so that none goes at once.
ROOM_ABOVE_RESERVE = 1.25
# Of the host's memory, what all that wait may hold together, if nobody said otherwise.
DEFAULT_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Memory:
    """The host's memory, in MiB.

    Attributes:
        total: there is.
        available: free for new work.
    """

    total: float
    available: float

    @property
    def reserve(self) -> float:
        """Return what is never used for keeping things warm."""
        return max(RESERVE_MIB, RESERVE_SHARE * self.total)


class Stock:
    """All shelves and their bounds.

    Args:
        max_warm: most that wait for one profile.
        max_total: most that wait over all profiles.
        budget_mib: most memory of all that wait; None takes a share of the host's.
    """

    def __init__(self, max_warm: int, max_total: int, budget_mib: float | None) -> None:
        self.shelves: dict[Profile, Shelf] = {}
        self._reported: dict[Profile, Counts] = {}
        self._max_warm = max_warm
        self._max_total = max_total
        self._budget_mib = budget_mib

    def shelf(self, profile: Profile) -> Shelf:
        """Return a profile's shelf, made if missing."""
        return self.shelves.setdefault(profile, Shelf())

    def wanted(self, profile: Profile, now: float) -> int:
        """Return how many shall wait for a profile. None with GPUs: a lease is one judgement's."""
        if profile.gpus or profile not in self.shelves:
            return 0
        return min(self._max_warm, self.shelves[profile].demand.wanted(now))

    def next(self, now: float, making: Counter[Profile], memory: Memory) -> Profile | None:
        """Return what to make now, if anything is lacking and there is room for it.

        Args:
            now: instant.
            making: how many are being made for stock.
            memory: of the host.
        """
        for _, profile in self._lacking(now, making):
            if self._has_room(profile, making, memory):
                return profile
        return None

    def is_lacking(self, now: float, making: Counter[Profile]) -> bool:
        """Whether anything that could be made now is lacking."""
        return bool(self._lacking(now, making))

    def surplus(self, now: float, making: Counter[Profile], memory: Memory) -> list[Sandbox]:
        """Take off the shelves what is not wanted any more, or not affordable."""
        given_up = []
        for profile, shelf in list(self.shelves.items()):
            while len(shelf.ready) > self.wanted(profile, now):
                given_up.append(shelf.ready.pop())
            if not shelf.ready and shelf.demand.is_over(now):
                del self.shelves[profile]
        freed = 0.0
        while (memory.available + freed < memory.reserve or self._held_mib() > self._budget(memory)) and any(
            shelf.ready for shelf in self.shelves.values()
        ):
            shelf = self._least()
            freed += shelf.each_mib()
            given_up.append(shelf.ready.pop())
        return given_up + self._in_the_way(now, making, memory)

    def empty(self) -> list[Sandbox]:
        """Take everything off the shelves."""
        taken = [sandbox for shelf in self.shelves.values() for sandbox in shelf.ready]
        for shelf in self.shelves.values():
            shelf.ready.clear()
        return taken

    def next_try(self, now: float) -> float:
        """Return the earliest end of a backoff; infinity if there is none."""
        ends = (shelf.backoff.not_before for shelf in self.shelves.values())
        return min((end for end in ends if end > now), default=float("inf"))

    def counts(self) -> dict[Profile, Counts]:
        """Return what happened so far, per profile."""
        return {profile: shelf.counts() for profile, shelf in self.shelves.items()}

    def report(self) -> None:
        """Log what changed since the last time, for whoever wonders why a submission waited."""
        counts = self.counts()
        for profile, figures in counts.items():
            if figures != self._reported.get(profile):
                extra = {"image": profile.image, "is_trusted": profile.is_trusted, **asdict(figures)}
                logger.info("pool_counts", extra=extra)
        self._reported = counts

    def _lacking(self, now: float, making: Counter[Profile]) -> list[tuple[tuple[bool, float], Profile]]:
        """List what is lacking: firsts of a profile before seconds, then the last asked for."""
        found = []
        for profile, shelf in self.shelves.items():
            there = len(shelf.ready) + making[profile]
            if there < self.wanted(profile, now) and now >= shelf.backoff.not_before:
                found.append(((there == 0, shelf.demand.last), profile))
        return sorted(found, key=lambda entry: entry[0], reverse=True)

    def _least(self) -> Shelf:
        """Return the shelf whose last sandbox is missed least; one has any."""
        stocked = [shelf for shelf in self.shelves.values() if shelf.ready]
        return min(stocked, key=lambda shelf: (len(shelf.ready) == 1, shelf.demand.last))

    def _in_the_way(self, now: float, making: Counter[Profile], memory: Memory) -> list[Sandbox]:
        """Take the least wanted off its shelf if there is no room for something wanted more."""
        lacking = self._lacking(now, making)
        if not lacking or not any(shelf.ready for shelf in self.shelves.values()):
            return []
        worth, profile = lacking[0]
        if self._has_room(profile, making, memory):
            return []
        least = self._least()
        return [least.ready.pop()] if (len(least.ready) == 1, least.demand.last) < worth else []

    def _has_room(self, profile: Profile, making: Counter[Profile], memory: Memory) -> bool:
        n_there = sum(len(shelf.ready) for shelf in self.shelves.values()) + making.total()
        coming = sum(self.shelf(one).each_mib() * n for one, n in making.items())
        each = self.shelf(profile).each_mib()
        return (
            n_there < self._max_total
            and self._held_mib() + coming + each <= self._budget(memory)
            and memory.available - coming - each >= ROOM_ABOVE_RESERVE * memory.reserve
        )

    def _held_mib(self) -> float:
        return sum(shelf.held_mib() for shelf in self.shelves.values())

    def _budget(self, memory: Memory) -> float:
        return DEFAULT_SHARE * memory.total if self._budget_mib is None else self._budget_mib
