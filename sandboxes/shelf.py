"""What the pool keeps of one profile: those that wait, who wants them, and how making them went of late."""

from collections import deque
from dataclasses import dataclass, field

from sandboxes.base import Profile, Sandbox
from sandboxes.brake import Brake
from sandboxes.demand import Demand

# After a failure to make one: what is down shall not be asked a hundred times a second, nor forgotten.
FIRST_BACKOFF_S, LONGEST_BACKOFF_S = 5.0, 60.0
# What dies again and again while it waits is not made again and again without a pause.
N_DEATHS_BORNE = 2
# Taken for one whose footprint was not measured yet.
GUESSED_MIB = 128.0


@dataclass
class Backoff:
    """When to try again after failures in a row."""

    not_before: float = 0.0
    wait_s: float = 0.0

    def failed(self, now: float) -> None:
        """Wait, twice as long each time."""
        self.wait_s = min(LONGEST_BACKOFF_S, 2 * self.wait_s or FIRST_BACKOFF_S)
        self.not_before = now + self.wait_s

    def worked(self) -> None:
        """Forget about it."""
        self.not_before = self.wait_s = 0.0


@dataclass(frozen=True, slots=True)
class Counts:
    """What happened to one profile since the pool was made.

    Attributes:
        n_ready: wait now.
        n_warm_hits: were asked for and found waiting.
        n_cold: were asked for and had to be made.
        n_made: were made, for stock or at once.
        n_dead: were found dead on the shelf.
        n_failed: attempts to make one that failed.
        footprint_mib: memory that one holds while it waits; None before the first was measured.
    """

    n_ready: int
    n_warm_hits: int
    n_cold: int
    n_made: int
    n_dead: int
    n_failed: int
    footprint_mib: float | None


@dataclass
class Shelf:
    """One profile's."""

    ready: deque[Sandbox] = field(default_factory=deque)
    demand: Demand = field(default_factory=Demand)
    backoff: Backoff = field(default_factory=Backoff)
    n_warm_hits: int = 0
    n_cold: int = 0
    n_made: int = 0
    n_dead: int = 0
    n_failed: int = 0
    n_dead_in_row: int = 0  # since one was last lent
    footprint_mib: float | None = None

    def lent(self, is_warm: bool) -> None:
        """Count a loan that came about."""
        self.n_warm_hits += is_warm
        self.n_cold += not is_warm
        self.n_dead_in_row = 0
        self.backoff.worked()

    def measured(self, footprint_mib: float | None) -> None:
        """Learn what one holds; the largest of late counts."""
        if footprint_mib is not None:
            self.footprint_mib = max(footprint_mib, 0.9 * (self.footprint_mib or 0.0))

    def held_mib(self) -> float:
        """Return what those on the shelf hold together."""
        return len(self.ready) * self.each_mib()

    def each_mib(self) -> float:
        """Return what one holds."""
        return GUESSED_MIB if self.footprint_mib is None else self.footprint_mib

    def take_dead(self, now: float) -> list[Sandbox]:
        """Take off the shelf what died while it waited; the first of them are replaced at once."""
        dead = [sandbox for sandbox in self.ready if not sandbox.is_alive()]
        for sandbox in dead:
            self.ready.remove(sandbox)
        self.n_dead += len(dead)
        self.n_dead_in_row += len(dead)
        if dead and self.n_dead_in_row > N_DEATHS_BORNE:
            self.backoff.failed(now)
        return dead

    def counts(self) -> Counts:
        """Return the figures for logs."""
        return Counts(
            len(self.ready), self.n_warm_hits, self.n_cold, self.n_made, self.n_dead, self.n_failed,
            self.footprint_mib,
        )  # fmt: skip


@dataclass(eq=False)
class Making:
    """One sandbox that is being made, by a thread of its own."""

    profile: Profile
    brake: Brake = field(default_factory=Brake)
    is_urgent: bool = False


@dataclass(eq=False)
class Ticket:
    """A borrower who found nothing ready; gets the next one of the profile, whoever began it."""

    profile: Profile
    made: Sandbox | None = None
    error: BaseException | None = None

    def is_served(self) -> bool:
        """Whether the wait is over."""
        return self.made is not None or self.error is not None

    def result(self) -> Sandbox:
        """Return what was made, or raise what went wrong; only once it is served."""
        if self.error is not None or self.made is None:
            raise self.error or RuntimeError("the wait is not over")
        return self.made
