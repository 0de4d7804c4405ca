"""What a borrower holds: the provider's sandbox, whose end the pool is told of."""

import threading
from collections.abc import Callable

from sandboxes.base import Case, Channel, Sandbox, Step, Stream
from sandboxes.results import StepResult


class PooledSandbox(Sandbox):
    """A lent sandbox; its end tells the pool that the cores are free again.

    Args:
        inner: the provider's sandbox.
        is_warm: whether it had been waiting.
        give_back: called once, after it was destroyed.
    """

    def __init__(self, inner: Sandbox, is_warm: bool, give_back: Callable[[], None]) -> None:
        self.id = inner.id
        self.is_warm = is_warm
        self._inner = inner
        self._give_back = give_back
        self._lock = threading.Lock()
        self._is_returned = False

    def is_alive(self) -> bool:
        """See `Sandbox.is_alive`."""
        return not self._is_returned and self._inner.is_alive()

    def start(self, step: Step) -> None:
        """See `Sandbox.start`."""
        self._inner.start(step)

    def channel(self) -> Channel:
        """See `Sandbox.channel`."""
        return self._inner.channel()

    def stdio(self) -> Stream:
        """See `Sandbox.stdio`."""
        return self._inner.stdio()

    def output(self, timeout_s: float) -> bytes | None:
        """See `Sandbox.output`."""
        return self._inner.output(timeout_s)

    def run_case(self, case: Case) -> StepResult:
        """See `Sandbox.run_case`."""
        return self._inner.run_case(case)

    def end_cases(self) -> None:
        """See `Sandbox.end_cases`."""
        self._inner.end_cases()

    def wait(self) -> StepResult:
        """See `Sandbox.wait`."""
        return self._inner.wait()

    def cancel(self) -> None:
        """See `Sandbox.cancel`."""
        self._inner.cancel()

    def destroy(self) -> None:
        """See `Sandbox.destroy`."""
        with self._lock:
            if self._is_returned:
                return
            self._is_returned = True
        try:
            self._inner.destroy()
        finally:
            self._give_back()
