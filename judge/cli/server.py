"""`judge up`, `judge worker`, `judge web`: the processes of a judge."""

import sys
from typing import Annotated

import typer

from judge.cli.console import HomeOption, clear_errors, given, say
from judge.cli.exits import ExitCode


def up(
    home: HomeOption = None,
    bind: Annotated[
        str | None,
        typer.Option(help="Where the portal listens, host:port (JUDGE_WEB_BIND).", show_default=False),
    ] = None,
    publish: Annotated[
        bool, typer.Option("--publish", help="Publish the catalogue's problems first.")
    ] = False,
) -> None:
    """Run everything on this machine: queue, worker and portal. Ctrl-C stops it."""
    from judge import settings as configuration
    from judge.cli.doctor import place_of
    from judge.stack.doctor import sandbox_statement
    from judge.stack.supervisor import Supervisor

    with clear_errors():
        overrides = given(home=home, web_bind=bind)
        settings = configuration.load(**overrides)
        if bind and "public_url" not in settings.model_fields_set:
            settings = settings.model_copy(update={"public_url": f"http://{bind}"})

        def ready() -> None:
            say(f"the portal answers at {settings.public_url}")
            say(f"logs: {settings.home / 'logs'}    stop: Ctrl-C")

        say(f"home: {settings.home}")
        say(sandbox_statement(place_of(settings)))
        Supervisor(settings=settings, say=say, publish=publish, on_ready=ready).run()


def worker(home: HomeOption = None) -> None:
    """Run a worker that judges submissions, as many at a time as it has slots."""
    from judge import settings as configuration

    with clear_errors():
        settings = configuration.load(**given(home=home))
        from judge.worker.app import run_worker
        from sandboxes.errors import SandboxError

        try:
            code = run_worker(settings)
        except SandboxError as error:  # no sandbox can be made here; its text says what to install
            sys.stderr.write(f"{error}\n")
            raise typer.Exit(ExitCode.UNAVAILABLE) from error
    raise typer.Exit(code)


def web(
    home: HomeOption = None, bind: Annotated[str | None, typer.Option(show_default=False)] = None
) -> None:
    """Run the portal and the REST API under gunicorn."""
    from judge import settings as configuration
    from judge.stack.portal import serve

    with clear_errors():
        serve(configuration.load(**given(home=home, web_bind=bind)))
