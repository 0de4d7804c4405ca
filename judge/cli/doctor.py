"""`judge doctor`: what is installed, what is missing, what will be used. Runs on the base install too."""

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from judge.cli.console import HomeOption, clear_errors, given
from judge.cli.exits import ExitCode
from judge.stack.doctor import Finding, Place, examine

if TYPE_CHECKING:
    from judge.settings import Settings

MARKS = {
    "ok": "[green]✔[/] ok",
    "note": "[blue]i[/] note",
    "warning": "[yellow]![/] warning",
    "problem": "[red]✘[/] missing",
}


def doctor(
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
    attack: Annotated[
        bool, typer.Option("--attack", help="Run hostile programs against the sandbox of this machine.")
    ] = False,
    provider: Annotated[
        str | None, typer.Option("--provider", help="With --attack: docker or local.", show_default=False)
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="With --attack: part of the programs' names; repeatable."),
    ] = None,
) -> None:
    """Say what is installed, missing and will be used. Exit code 1: the judge cannot run here.

    With --attack, exit code 1: something got through; 2: something could not be tried.
    """
    if attack:
        with clear_errors():
            _attack(provider, only or [], as_json=as_json, **given(home=home))
    with clear_errors():
        findings = examine(_place(**given(home=home)))
    can_run = all(finding.level != "problem" for finding in findings)
    if as_json:
        sys.stdout.write(
            json.dumps({"can_run": can_run, "findings": [asdict(f) for f in findings]}, indent=1) + "\n"
        )
    else:
        _print(findings, can_run=can_run)
    if not can_run:
        raise typer.Exit(ExitCode.NOT_ACCEPTED)


def place_of(settings: "Settings") -> Place:
    """Return what the doctor needs of the settings."""
    return Place(
        home=settings.home,
        web_bind=settings.web_bind,
        database_url=settings.database_url,
        redis_url=settings.redis_url,
        sandbox=settings.sandbox,
        allow_local_sandbox=settings.allow_local_sandbox,
        docker_runtime=settings.docker_runtime,
    )


def _attack(provider: str | None, only: list[str], *, as_json: bool, **overrides: object) -> None:
    """Run the attacks; needs what a worker needs."""
    try:
        from judge import settings as configuration
        from judge.cli.attack import attack_host

        attack_host(configuration.load(**overrides), kind=provider, only=only, as_json=as_json)
    except ModuleNotFoundError as error:
        sys.stderr.write(f"{error.name}: pip install 'openmodels-judge[worker,scoring]'\n")
        raise typer.Exit(ExitCode.NOT_INSTALLED) from error


def _place(**overrides: object) -> Place:
    """Return the settings in force, or the defaults where not even the settings' library is installed."""
    try:
        from judge import settings as configuration
    except ModuleNotFoundError:
        from platformdirs import user_data_path

        home = user_data_path("openmodels-judge")
        return Place(home, "127.0.0.1:8000", "", "", "auto", allow_local_sandbox=True)
    return place_of(configuration.load(**overrides))


def _print(findings: list[Finding], *, can_run: bool) -> None:
    """Print a table and the conclusion."""
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    table.add_column("what", style="bold", no_wrap=True)
    table.add_column("found", overflow="fold")
    for finding in findings:
        text = finding.text if not finding.remedy else f"{finding.text}\n→ {finding.remedy}"
        table.add_row(MARKS[finding.level], finding.subject, text)
    console = Console(highlight=False)
    console.print(table)
    console.print(
        "[green]The judge can run here.[/]" if can_run else "[red]The judge cannot run here yet.[/]"
    )
