"""`judge catalogue`: the problems that come with the judge."""

from typing import Annotated

import typer

from judge.cli.console import HomeOption, clear_errors, given, say
from judge.cli.exits import ExitCode

app = typer.Typer(help="Publish the problems that come with the judge.", no_args_is_help=True)


@app.command("list")
def list_sources() -> None:
    """List the catalogue's problems."""
    from judge.stack.catalogue import sources
    from problems.loader import load_spec

    for folder in sources():
        spec = load_spec(folder)
        typer.echo(f"{spec.slug:<20} {spec.version:<8} {spec.kind:<12} {spec.track:<12} {spec.names.en}")


@app.command()
def publish(
    home: HomeOption = None,
    keep_changed: Annotated[
        bool, typer.Option("--keep-changed", help="It is no failure that a version has other content now.")
    ] = False,
) -> None:
    """Build the catalogue's data and publish its problems. Safe to run again."""
    from judge import runtime as runtimes
    from judge import settings as configuration
    from judge.stack import catalogue

    with clear_errors():
        settings = configuration.load(**given(home=home))
        for item in catalogue.pending_downloads(settings):
            say(f"will download {item.name} ({item.mib:.1f} MiB)")
        packages = catalogue.build_all(settings, say)
        runtime = runtimes.build(settings)
        try:
            kept = catalogue.publish_all(runtime, packages, say)
        finally:
            runtime.close()
    if kept and not keep_changed:
        raise typer.Exit(ExitCode.NOT_ACCEPTED)
