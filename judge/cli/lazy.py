"""Sub-commands that are imported when they run, not when `judge --help` lists them.

The base install has no Flask, SQLAlchemy or Celery. A team's `judge submit` must neither need them nor
pay for importing them, yet `judge --help` shows every command. So server commands stand in the listing
as names with a line of help; the module behind one is imported at the moment it is called.

`Any` for contexts and commands: their classes belong to click in older typer and to typer itself in
newer, so there is no name for them that holds in both.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command as typer_get_command

from judge.cli.exits import ExitCode

OUR_PACKAGES = frozenset({"judge", "web", "sandboxes", "scoring", "problems"})


@dataclass(frozen=True, slots=True)
class Lazy:
    """Where a command lives.

    Attributes:
        module: imported when the command is called.
        attribute: a `typer.Typer` or a plain function with typer annotations in that module.
        help: the line in the listing.
        extra: which extra of the package brings what the module needs.
    """

    module: str
    attribute: str
    help: str
    extra: str = "server"


class LazyCommand(TyperCommand):
    """Stands for a command in the listing and becomes it when called."""

    def __init__(self, name: str, target: Lazy) -> None:
        super().__init__(name, help=target.help, rich_help_panel="Server")
        self._target = target

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:  # noqa: ANN401
        """Import the real command and let it read the arguments."""
        real = load(self.name or "", self._target)
        return real.make_context(info_name, args, parent=parent, **extra)


def load(name: str, target: Lazy) -> Any:  # noqa: ANN401
    """Import the command behind `target`.

    Raises:
        typer.Exit: a library is missing; which extra brings it was printed.
    """
    with _naming_the_extra(name, target):
        found = getattr(import_module(target.module), target.attribute)
    if isinstance(found, typer.Typer):
        command: Any = typer_get_command(found)
    else:
        app = typer.Typer(add_completion=False)
        app.command(name)(cast("Callable[..., Any]", found))
        command = typer_get_command(app)
    command.name = name
    command.invoke = _guarded(name, target, command.invoke)
    return command


def _guarded(name: str, target: Lazy, invoke: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return `invoke` that says the same of a library the command itself imports only when it runs."""

    def guarded(context: Any) -> Any:  # noqa: ANN401
        with _naming_the_extra(name, target):
            return invoke(context)

    return guarded


@contextmanager
def _naming_the_extra(name: str, target: Lazy) -> Iterator[None]:
    """Turn a missing library into a line that says how to install it.

    Raises:
        typer.Exit: instead of `ModuleNotFoundError`, unless the module is our own.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in OUR_PACKAGES:
            raise
        sys.stderr.write(
            f"`judge {name}` needs {error.name}, which is not installed.\n"
            f'Install it with: pip install "openmodels-judge[{target.extra}]"\n'
        )
        raise typer.Exit(ExitCode.NOT_INSTALLED) from error


def group(targets: dict[str, Lazy]) -> type[TyperGroup]:
    """Return a group class whose listing also has `targets`."""

    class LazyGroup(TyperGroup):
        """The commands registered with typer, then the lazy ones."""

        def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401
            """Return all names, those of teams first."""
            return [*super().list_commands(ctx), *targets]

        def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401
            """Return the command, a stand-in for one not imported yet, or None."""
            if cmd_name in targets:
                return LazyCommand(cmd_name, targets[cmd_name])
            return super().get_command(ctx, cmd_name)

    return LazyGroup
