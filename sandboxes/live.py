"""What a running step has written and nobody has fetched yet: the host's end of its live output."""

import threading

from sandboxes.inside import wire


class LiveOutput:
    """Filled by the thread that follows a step, emptied by whoever watches it.

    Args:
        room: bytes that may come in all, the step's limit of captured output.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._held = bytearray()
        self._is_over = False
        self._changed = threading.Condition()

    def add(self, body: bytes) -> None:
        """Take what came out of the sandbox.

        Raises:
            WireError: it is more than the step may write.
        """
        with self._changed:
            self._room -= len(body)
            if self._room < 0:
                raise wire.WireError("live output above the cap")
            self._held += body
            self._changed.notify_all()

    def end(self) -> None:
        """Say that no more comes. Idempotent."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def read(self, timeout_s: float) -> bytes | None:
        """Return what came since the last call; None once all was returned and no more comes.

        Raises:
            TimeoutError: nothing came in time.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._held or self._is_over, timeout_s):
                raise TimeoutError("the step wrote nothing in time")
            body = bytes(self._held)
            self._held.clear()
            return body or None
