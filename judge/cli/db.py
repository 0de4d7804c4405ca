"""`judge db`: bring the database up to date, and say whether it is."""

import typer

from judge.cli.console import HomeOption, clear_errors, given, say
from judge.cli.exits import ExitCode

app = typer.Typer(help="Create, upgrade and check the database.", no_args_is_help=True)


@app.command()
def upgrade(home: HomeOption = None) -> None:
    """Create the database, or bring it to the newest version. Safe to run again."""
    from judge import settings as configuration
    from judge.db import migrate

    with clear_errors():
        settings = configuration.load(**given(home=home))
        migrate.upgrade(settings)
        say(f"the database is at version {migrate.current(settings)}")


@app.command()
def check(home: HomeOption = None) -> None:
    """Say whether the database is at the newest version and agrees with the models; exit code 1 if not."""
    from judge import settings as configuration
    from judge.db import migrate
    from judge.models import Base

    with clear_errors():
        settings = configuration.load(**given(home=home))
        present, newest = migrate.current(settings), migrate.newest()
        if present != newest:
            say(f"the database is at version {present or 'none'}, the newest is {newest}")
            say("run: judge db upgrade")
            raise typer.Exit(ExitCode.NOT_ACCEPTED)
        differing = migrate.differences(settings, Base.metadata)
        for difference in differing:
            say(f"the models differ: {difference}")
        if differing:
            raise typer.Exit(ExitCode.NOT_ACCEPTED)
        say(f"the database is at version {present} and agrees with the models")
