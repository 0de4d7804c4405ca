"""Holds a sandbox that is being made for stock, so that making it never slows down what is being judged.

Imports are CPU work. A step that is lent a sandbox while another one is half made would share its cores
with those imports; so the one in the making is stopped where it stands, and goes on when the cores are free.
"""

import threading

from sandboxes.body import Body


class Brake:
    """The pool's hand on one making. Thread-safe; without a body it remembers what it was told."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._body: Body | None = None
        self._is_held = False
        self._is_light = False

    @property
    def is_held(self) -> bool:
        """Whether it was last told to stand."""
        return self._is_held

    def attach(self, body: Body) -> None:
        """Take hold of a body whose supervisor has just been started."""
        with self._lock:
            self._body = body
            if self._is_light:
                body.set_light(True)
            if self._is_held:
                body.hold(True)

    def detach(self) -> None:
        """Let go for good: the body runs again, with its full weight."""
        with self._lock:
            body, self._body = self._body, None
            if body is not None:
                if self._is_light:
                    body.set_light(False)
                if self._is_held:
                    body.hold(False)

    def set(self, *, is_held: bool, is_light: bool) -> None:
        """Say how it shall go on.

        Args:
            is_held: stand still.
            is_light: give way to every step that wants the same core.
        """
        with self._lock:
            if is_light != self._is_light:
                self._is_light = is_light
                if self._body is not None:
                    self._body.set_light(is_light)
            if is_held != self._is_held:
                self._is_held = is_held
                if self._body is not None:
                    self._body.hold(is_held)
