"""The `judge` command: what a team types, and the door to the server's commands.

Server commands are registered by name in `SERVER` and imported only when called (see `lazy`); the
target is a `typer.Typer` or a plain function with typer annotations.
"""

from typing import Annotated

import typer

from judge.cli.exits import EPILOG
from judge.cli.lazy import Lazy, group
from judge.cli.leaderboard import app as leaderboard_app
from judge.cli.submit import HELP as SUBMIT_HELP
from judge.cli.submit import submit
from judge.cli.team import cancel, login, logout, problems, select, status

SERVER: dict[str, Lazy] = {
    "up": Lazy("judge.cli.server", "up", "Run everything on this machine: queue, worker, portal."),
    "worker": Lazy("judge.cli.server", "worker", "Run a worker that judges submissions.", "worker"),
    "web": Lazy("judge.cli.server", "web", "Run the portal and the REST API."),
    "small-model": Lazy("judge.cli.gateways", "small_model", "Run the small model of the catalogue."),
    "gateways": Lazy("judge.cli.gateways", "app", "List and try the gateways to models, and what was spent."),
    "db": Lazy("judge.cli.db", "app", "Create, upgrade and check the database."),
    "doctor": Lazy("judge.cli.doctor", "doctor", "Say what is installed, missing and will be used."),
    "images": Lazy("judge.cli.images", "app", "Build and show the sandbox's runner images.", "worker"),
    "demo": Lazy("judge.cli.demo", "demo", "Fill a new judge with problems, teams, submissions.", "worker"),
    "gpus": Lazy("judge.cli.gpus", "app", "List GPUs, and lend one again that was set aside."),
    "admin": Lazy("judge.cli.admin", "app", "Accounts, contests and other work of administrators."),
    "catalogue": Lazy("judge.cli.catalogue", "app", "Publish the problems that come with the judge."),
    "rejudge": Lazy("judge.cli.rejudge", "app", "Judge submissions of your contests again."),
    "receipt": Lazy("judge.cli.receipt", "app", "Fetch, check and replay what made a result."),
    "metrics": Lazy("judge.cli.metrics", "metrics", "List the metrics that a problem may be scored by."),
    "problem": Lazy("judge.cli.problem", "app", "Build, check and publish a problem package.", "worker"),
}

app = typer.Typer(
    name="judge",
    help="OpenModels Judge: submit models, predictions and programs, and see how they rank.",
    epilog=EPILOG,
    cls=group(SERVER),
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"openmodels-judge {version('openmodels-judge')}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """OpenModels Judge: submit models, predictions and programs, and see how they rank."""


TEAM_COMMANDS = (login, logout, problems, status, select, cancel)
app.command(rich_help_panel="Teams", help=SUBMIT_HELP)(submit)
for command in TEAM_COMMANDS:
    app.command(rich_help_panel="Teams")(command)
app.add_typer(leaderboard_app, name="leaderboard", rich_help_panel="Teams")
