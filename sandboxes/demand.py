"""How many sandboxes of one profile are worth keeping warm, learnt from when they were asked for.

Two figures of late matter. How many were lent at one time: that many may be wanted at once again. How many
were asked for within the time that making more of them takes: a burst that long finds nothing new on the
shelf, so all of it must be there before. The highest of either in the window is what is kept.
"""

from collections import deque

# What was asked for within this window says how much is wanted.
WINDOW_S = 300.0
# After it, one is kept this long: the next contestant comes alone, and should not pay for the imports.
MEMORY_S = 3600.0
# Asked for within this time counts as one burst: waiting for free cores and making one takes about as long.
BURST_S = 1.5
MAX_RECENT = 256


class Demand:
    """What was asked for of one profile. Every instant is `time.monotonic()`, passed in."""

    def __init__(self) -> None:
        self.n_lent = 0
        self.last = float("-inf")  # when one was last asked for
        self._is_kept = False
        self._recent: deque[float] = deque(maxlen=MAX_RECENT)  # instants within the last burst
        # Instants and heights, heights falling: the first is the highest within the window.
        self._peaks: deque[tuple[float, int]] = deque()

    def prepare(self) -> None:
        """Keep at least one from now on, although nobody has asked yet."""
        self._is_kept = True

    def lend(self, now: float) -> None:
        """Count one that was asked for."""
        self.n_lent += 1
        self.last = now
        self._recent.append(now)
        while self._recent[0] < now - BURST_S:
            self._recent.popleft()
        height = max(self.n_lent, len(self._recent))
        while self._peaks and self._peaks[-1][1] <= height:
            self._peaks.pop()
        self._peaks.append((now, height))

    def give_back(self) -> None:
        """Count the end of a loan."""
        self.n_lent -= 1

    def wanted(self, now: float) -> int:
        """Return how many are worth keeping warm, bounds of memory and cores aside."""
        while self._peaks and self._peaks[0][0] < now - WINDOW_S:
            self._peaks.popleft()
        is_remembered = self._is_kept or now - self.last < MEMORY_S
        return max(self._peaks[0][1] if self._peaks else 0, int(is_remembered))

    def is_over(self, now: float) -> bool:
        """Whether nothing is wanted or lent any more."""
        return self.n_lent == 0 and self.wanted(now) == 0
