"""How much of a worker rejudgings may take: all slots but one, so that a live submission finds one free.

A worker with a single slot gives it to whatever is first in line, and live submissions are.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Lane:
    """Permits to work on a rejudging. Thread-safe.

    Attributes:
        n_free: how many more may begin.
    """

    n_free: int
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def beside(cls, n_slots: int) -> "Lane":
        """Return the permits of a worker with so many slots."""
        return cls(max(1, n_slots - 1))

    @contextmanager
    def enter(self) -> Iterator["Permit"]:
        """Hold a permit while the block runs, unless none is free or it is let go sooner."""
        with self._lock:
            permit = Permit(self, is_held=self.n_free > 0)
            self.n_free -= permit.is_held
        try:
            yield permit
        finally:
            permit.let_go()


@dataclass(slots=True)
class Permit:
    """The right to begin a rejudging, or the lack of it."""

    _lane: Lane
    is_held: bool

    def let_go(self) -> None:
        """Let others have it. Once."""
        with self._lane._lock:
            self._lane.n_free += self.is_held
            self.is_held = False
