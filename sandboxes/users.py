"""Users of sandboxes' own: pairs of ids, the participant's and the supervisor's, that nobody else has.

The kernel counts processes, locked memory and pending signals per user on the whole host, so two sandboxes
of one user would take from each other. Ids are given out anew for each sandbox. Several workers of one host
do not know of each other: where ids are plentiful they are drawn from half a billion, and do not meet.
"""

import secrets
import threading
from pathlib import Path

# Apart from the users of ordinary systems. A user namespace usually has 65,536 ids, from 0 on.
FIRST_WIDE, N_WIDE_PAIRS = 1_000_000_000, 250_000_000
FIRST_NARROW, N_NARROW_PAIRS = 20_000, 20_000
UID_MAP = Path("/proc/self/uid_map")


class UserPairs:
    """Gives out pairs to the sandboxes of one provider. Thread-safe.

    Args:
        is_wide: whether sandboxes can have ids beyond 65,536.
    """

    def __init__(self, *, is_wide: bool) -> None:
        self._first = FIRST_WIDE if is_wide else FIRST_NARROW
        self._n_pairs = N_WIDE_PAIRS if is_wide else N_NARROW_PAIRS
        self._taken: dict[str, int] = {}
        self._lock = threading.Lock()

    def take(self, slot_id: str) -> int:
        """Return the first of two ids that are this slot's alone until they are given back."""
        with self._lock:
            taken = set(self._taken.values())
            while (uid := self._first + 2 * secrets.randbelow(self._n_pairs)) in taken:
                pass
            self._taken[slot_id] = uid
            return uid

    def give_back(self, slot_id: str) -> None:
        """Let others have a slot's ids. Idempotent."""
        with self._lock:
            self._taken.pop(slot_id, None)


def has_wide_map() -> bool:
    """Whether this process's user namespace has the ids of the wide range."""
    ranges = [line.split() for line in UID_MAP.read_text(encoding="ascii").splitlines()]
    return any(int(first) + int(count) > FIRST_WIDE + 2 * N_WIDE_PAIRS for first, _, count in ranges)
