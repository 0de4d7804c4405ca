"""When sandboxes may be made for stock, so that what is being judged has the cores to itself.

Every instant is `time.monotonic()`, passed in.
"""

# Nothing is made for stock until so long after the last loan began or ended: bursts come in quick succession.
QUIET_S = 0.1
# Work without end holds up refilling no longer than this.
MAX_PAUSE_S = 5.0


class Pacing:
    """Knows how many sandboxes are lent, and for how long refilling has been waiting for its turn.

    Args:
        n_makers: most that are made at one time.
        n_spare_cores: stock is made while fewer than this many are lent.
    """

    def __init__(self, n_makers: int, n_spare_cores: int) -> None:
        self.n_lent = 0
        self._n_makers = n_makers
        self._n_spare_cores = n_spare_cores
        self._last_loan = float("-inf")  # when one last began or ended
        self._blocked_since: float | None = None

    def lend(self, now: float) -> None:
        """Count a loan."""
        self.n_lent += 1
        self._last_loan = now

    def give_back(self, now: float) -> None:
        """Count the end of a loan."""
        self.n_lent -= 1
        self._last_loan = now

    def n_allowed(self, now: float, n_waiting: int = 0, n_urgent: int = 0) -> int:
        """Return how many may be made for stock at this instant.

        Args:
            now: instant.
            n_waiting: borrowers whose sandbox is still being made; nothing of theirs runs yet.
            n_urgent: sandboxes that are being made for borrowers.
        """
        if 0 < n_waiting == self.n_lent and n_urgent < self._n_makers:
            return self._n_makers - n_urgent  # the next in a row of requests finds one half made
        if now >= self._last_loan + QUIET_S:
            if self.n_lent == 0:
                return self._n_makers
            if self.n_lent < self._n_spare_cores:
                return self._n_spare_cores - self.n_lent
        is_overdue = self._blocked_since is not None and now >= self._blocked_since + MAX_PAUSE_S
        return int(is_overdue)

    def has_spare_cores(self) -> bool:
        """Whether stock may be made although something is lent."""
        return self.n_lent < self._n_spare_cores

    def blocked(self, now: float) -> None:
        """Note that something would be made if it were allowed."""
        if self._blocked_since is None:
            self._blocked_since = now

    def served(self) -> None:
        """Note that refilling had its turn, or that nothing is lacking."""
        self._blocked_since = None

    def next_change(self, now: float) -> float:
        """Return when more may be allowed if nothing is lent or given back; infinity if never."""
        instants = [self._last_loan + QUIET_S]
        if self._blocked_since is not None:
            instants.append(self._blocked_since + MAX_PAUSE_S)
        return min((instant for instant in instants if instant > now), default=float("inf"))
