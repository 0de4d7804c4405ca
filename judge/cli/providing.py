"""A sandbox provider for one command, apart from any worker's."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from judge.cli.exits import ExitCode
from judge.settings import Settings
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
    owner = f"{purpose}-{os.getpid()}"
    try:
        provider = select_provider(
            settings.sandbox,
            allow_local=settings.allow_local_sandbox,
            owner=owner,
            run_dir=settings.run_dir,
            hidden=[settings.home],
            docker_runtime=settings.docker_runtime or None,
        )
    except SandboxError as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(ExitCode.NOT_INSTALLED) from error
    try:
        yield provider
    finally:
        provider.sweep()
        provider.close()
