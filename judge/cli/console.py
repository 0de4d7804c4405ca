"""What every server command does alike: read the settings, and end with a clear line, never a traceback."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from judge.cli.exits import ExitCode
from judge.errors import ConfigurationError, JudgeError
from problems.errors import BuildError, PackageError

HomeOption = Annotated[
    Path | None, typer.Option("--home", help="Folder of everything kept (JUDGE_HOME).", show_default=False)
]
SandboxOption = Annotated[
    Literal["auto", "docker", "local"] | None,
    typer.Option("--sandbox", help="Where submissions run (JUDGE_SANDBOX).", show_default=False),
]


def given(**options: object) -> dict[str, object]:
    """Return the options that were given on the command line; absolute paths, so children agree."""
    return {
        name: value.absolute() if isinstance(value, Path) else value
        for name, value in options.items()
        if value is not None
    }


def say(line: str) -> None:
    """Print one line with the time of day."""
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {line}\n")
    sys.stdout.flush()


@contextmanager
def clear_errors() -> Iterator[None]:
    """End the command with the error's public message and the exit code that fits.

    Raises:
        typer.Exit: instead of any `JudgeError`.
    """
    try:
        yield
    except JudgeError as error:
        sys.stderr.write(f"{error.formatted()}\n")
        for name, message in error.fields.items():
            sys.stderr.write(f"  {name}: {message.format(**error.params)}\n")
        code = ExitCode.UNAVAILABLE if isinstance(error, ConfigurationError) else ExitCode.REFUSED
        raise typer.Exit(code) from error


@contextmanager
def package_errors() -> Iterator[None]:
    """Print what is wrong with a problem package, place by place.

    Raises:
        typer.Exit: instead of the error.
    """
    try:
        yield
    except (PackageError, BuildError) as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(ExitCode.NOT_ACCEPTED) from error
