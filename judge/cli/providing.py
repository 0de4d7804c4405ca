"""Sandboxes for one command, apart from any worker's: gone when the command ends."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from judge.cli.exits import ExitCode
from judge.settings import Settings
from judge.worker.bench import DirectSource
from judge.worker.running import SandboxRunner
from sandboxes.base import Provider
from sandboxes.errors import SandboxError
from sandboxes.select import select_provider


@contextmanager
def open_provider(settings: Settings, purpose: str) -> Iterator[Provider]:
    """Yield a provider; whatever it made is gone afterwards.

    Args:
        settings: say which, and where its sockets are.
        purpose: begins the name of the owner of what it makes.

    Raises:
        typer.Exit: none can run here; what to install was printed.
    """
    try:
        provider = _selected(settings, purpose)
    except SandboxError as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(ExitCode.NOT_INSTALLED) from error
    with _swept(provider):
        yield provider


@contextmanager
def open_runner(settings: Settings, purpose: str) -> Iterator[SandboxRunner | None]:
    """Yield what runs organizers' programs; None where no sandbox can run here, which is printed."""
    try:
        provider = _selected(settings, purpose)
    except SandboxError as error:
        sys.stderr.write(f"programs of the package are not run: {error}\n")
        yield None
        return
    with _swept(provider), tempfile.TemporaryDirectory(prefix="runs-") as folder:
        yield SandboxRunner(DirectSource(provider), Path(folder))


@contextmanager
def _swept(provider: Provider) -> Iterator[None]:
    try:
        yield
    finally:
        provider.sweep()
        provider.close()


def _selected(settings: Settings, purpose: str) -> Provider:
    return select_provider(
        settings.sandbox,
        allow_local=settings.allow_local_sandbox,
        owner=f"{purpose}-{os.getpid()}",
        run_dir=settings.run_dir,
        hidden=[settings.home],
        docker_runtime=settings.docker_runtime or None,
    )
