"""Long polling: an answer that is held back until something changed.

Each waiting request holds a thread of the portal, as a live page does, so both take from the same slots;
whoever finds none free is answered at once.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from web.live import slots

if TYPE_CHECKING:
    from judge.events import EventBus

MAX_WAIT_S = 60
LOOK_AGAIN_S = 15.0  # a lost announcement costs this much, not the whole wait

T = TypeVar("T")


def wait_until(
    events: "EventBus",
    public_id: str,
    look: Callable[[], T],
    is_enough: Callable[[T], bool],
    *,
    wait_s: float,
) -> T:
    """Return what `look` sees, as soon as that is enough or the time is over.

    Subscribes before it looks, so that nothing that happens in between is missed.

    Args:
        events: where changes are announced.
        public_id: of the submission.
        look: reads the present state.
        is_enough: whether the caller wants to know that at once.
        wait_s: the longest wait; 0 looks once.
    """
    seen = look()
    if wait_s <= 0 or is_enough(seen):
        return seen
    places = slots()
    if not places.take():
        return seen
    try:
        return _watch(events, public_id, look, is_enough, ends_at=time.monotonic() + wait_s)
    finally:
        places.give_back()


def _watch(
    events: "EventBus",
    public_id: str,
    look: Callable[[], T],
    is_enough: Callable[[T], bool],
    *,
    ends_at: float,
) -> T:
    with events.listen(public_id) as listener:
        while True:
            seen = look()
            left_s = ends_at - time.monotonic()
            if is_enough(seen) or left_s <= 0:
                return seen
            listener.next(min(left_s, LOOK_AGAIN_S))
