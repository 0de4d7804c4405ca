"""Where one judgement's sandboxes come from and how all of them are stopped at once."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol

from sandboxes.base import Profile, Provider, Sandbox, Step
from sandboxes.results import StepResult

LOOK_EVERY_S = 60.0


class SandboxSource(Protocol):
    """Lends single-use sandboxes: the warm pool, or a provider directly."""

    def acquire(self, profile: Profile) -> Sandbox:
        """Return a fresh sandbox of this profile. Raises `SandboxError`."""
        ...


class DirectSource:
    """Makes each sandbox when it is asked for; nothing is kept warm."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def acquire(self, profile: Profile) -> Sandbox:
        """See `SandboxSource.acquire`."""
        return self._provider.create(profile)


class Bench:
    """One judgement's hold on its sandboxes.

    Args:
        source: where they come from.
        on_output: gets what a contestant's program writes while it runs; None where nobody watches.
    """

    def __init__(self, source: SandboxSource, on_output: Callable[[bytes], None] | None = None) -> None:
        self._source = source
        self._on_output = on_output
        self._lock = threading.Lock()
        self._live: list[Sandbox] = []
        self._is_cancelled = False

    @property
    def is_cancelled(self) -> bool:
        """Whether the work was called off."""
        return self._is_cancelled

    @contextmanager
    def sandbox(self, profile: Profile) -> Iterator[Sandbox]:
        """Lend a fresh sandbox; it is destroyed when the block ends, whatever happened.

        Raises:
            SandboxError: none can be had.
        """
        sandbox = self._source.acquire(profile)
        try:
            with self._lock:
                self._live.append(sandbox)
            yield sandbox
        finally:
            with self._lock:
                self._live.remove(sandbox)
            sandbox.destroy()

    def run(self, profile: Profile, step: Step) -> StepResult:
        """Run one step of a contestant's program, before the eyes of whoever watches.

        Raises:
            SandboxError: infrastructure fault.
        """
        with self.sandbox(profile) as sandbox:
            sandbox.start(replace(step, has_live_output=self._on_output is not None))
            if self._on_output is not None:
                self._show(sandbox, self._on_output)
            return sandbox.wait()

    @staticmethod
    def _show(sandbox: Sandbox, on_output: Callable[[bytes], None]) -> None:
        body: bytes | None = b""
        while body is not None:
            on_output(body)
            try:
                body = sandbox.output(LOOK_EVERY_S)
            except TimeoutError:
                body = b""

    def cancel(self) -> None:
        """Stop everything that runs. Safe from any thread."""
        with self._lock:
            self._is_cancelled = True
            live = list(self._live)
        for sandbox in live:
            sandbox.cancel()
