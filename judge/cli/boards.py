"""`judge leaderboard rebuild`: computes boards anew from submissions, or only says what is wrong."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from judge.cli.console import HomeOption, clear_errors, given, say
from judge.cli.exits import ExitCode

if TYPE_CHECKING:
    from judge.db.session import Database
    from judge.services.boards.rows import Difference

MAX_SHOWN = 20


def rebuild(
    contest: Annotated[str | None, typer.Option(help="Only this contest's boards.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing: list what differs, exit code 1 if anything does.")
    ] = False,
    home: HomeOption = None,
) -> None:
    """Compute the leaderboards anew from submissions. Safe while people submit."""
    from judge import runtime as runtimes
    from judge import settings as configuration

    n_differing = 0
    with clear_errors():
        runtime = runtimes.build(configuration.load(**given(home=home)))
        try:
            for differing in _go_through(runtime.database, contest, is_applied=not check):
                for one in differing[: max(0, MAX_SHOWN - n_differing)]:
                    say(_shown(one))
                n_differing += len(differing)
        finally:
            runtime.close()
    say(f"{n_differing} lines {'differ' if check else 'were put right'}")
    if check and n_differing:
        say("run: judge leaderboard rebuild")
        raise typer.Exit(ExitCode.NOT_ACCEPTED)


def _go_through(
    database: "Database", contest_slug: str | None, *, is_applied: bool
) -> Iterator[list["Difference"]]:
    """Yield what differed, a batch of teams at a time, each in a transaction of its own."""
    from judge.services.boards import rebuilding
    from judge.services.boards.rows import Difference
    from judge.services.boards.sizes import recount

    with database.read() as session:
        phases = rebuilding.list_phases(session, contest_slug)
        batches = [(phase, list(rebuilding.list_batches(session, phase))) for phase in phases]
    for phase, of_phase in batches:
        for team_ids in of_phase:
            with database.transaction() as session:
                yield rebuilding.rebuild_batch(session, phase.id, team_ids, is_applied=is_applied)
        with database.transaction() as session:
            yield [Difference(*sizes) for sizes in recount(session, phase, is_applied=is_applied)]


def _shown(one: "Difference") -> str:
    return f"{one.wanted or 'no line'} instead of {one.found or 'no line'}"
