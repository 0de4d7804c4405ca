"""When a worker had better not take work: its engine is gone, or it has just failed at that very judgement.

Attempts are few, and a worker whose engine restarts would burn all of them within milliseconds. So it
takes nothing until sandboxes can be had again, and what failed here is left for others for a while; the
reaper rings again for whatever nobody took.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from sandboxes.errors import SandboxError

logger = structlog.get_logger(__name__)

FIRST_PAUSE_S, LAST_PAUSE_S = 1.0, 15.0
# Longer than it takes another worker to hear the bell; the reaper rings again after as long.
AVOID_S = 4.0


@dataclass(slots=True)
class Health:
    """What one worker process knows of its own fitness. Thread-safe.

    Attributes:
        avoid_s: how long a judgement that failed here is left to others.
    """

    avoid_s: float = AVOID_S
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _is_ill: bool = False
    _n_failed: int = 0
    _ask_at: float = 0.0
    _avoided: dict[int, float] = field(default_factory=dict)

    def fell_ill(self, reason: str) -> None:
        """Note that no sandbox can be had at all."""
        with self._lock:
            if not self._is_ill:
                logger.error("worker_unwell", reason=reason)
            self._is_ill = True
            self._ask_later()

    def is_well(self, probe: Callable[[], object]) -> bool:
        """Whether work may be taken; looks again, now and then, after it could not.

        Args:
            probe: raises `SandboxError` while no sandbox can be had.
        """
        with self._lock:
            if not self._is_ill:
                return True
            if time.monotonic() < self._ask_at:
                return False
            self._ask_later()  # others need not ask while we do
        try:
            probe()
        except SandboxError:
            return False
        with self._lock:
            self._is_ill, self._n_failed = False, 0
        logger.info("worker_well_again")
        return True

    def avoid(self, judgement_id: int) -> None:
        """Leave a judgement to others for a while."""
        now = time.monotonic()
        with self._lock:
            self._avoided = {one: until for one, until in self._avoided.items() if until > now}
            self._avoided[judgement_id] = now + self.avoid_s

    def is_avoided(self, judgement_id: int) -> bool:
        """Whether a judgement failed here a moment ago."""
        with self._lock:
            return time.monotonic() < self._avoided.get(judgement_id, 0.0)

    def _ask_later(self) -> None:
        self._ask_at = time.monotonic() + min(FIRST_PAUSE_S * 2**self._n_failed, LAST_PAUSE_S)
        self._n_failed = min(self._n_failed + 1, 10)
