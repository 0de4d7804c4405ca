"""`judge problem import`: other platforms' packages become ours, and what became of everything is said."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from judge import settings as configuration
from judge.cli.console import HomeOption, SandboxOption, given
from judge.cli.exits import ExitCode
from judge.cli.providing import open_runner
from problems.errors import PackageError
from problems.importers.convert import FORMATS, Imported, convert
from problems.importers.report import Entry, Fate
from sandboxes.errors import SandboxError

_SHOWN_FIRST = (Fate.REFUSED, Fate.MISSING, Fate.ADAPTED)


def import_package(
    source: Annotated[Path, typer.Argument(exists=True, readable=True, help="Folder or zip of the package.")],
    into: Annotated[Path, typer.Argument(help="Folder that gets a folder for each problem.")],
    source_format: Annotated[
        str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}; found out without.")
    ] = "",
    higher_is_better: Annotated[
        bool | None,
        typer.Option(
            "--higher-is-better/--lower-is-better",
            help="Direction of a Kaggle-style metric or an mle-bench grader.",
        ),
    ] = None,
    is_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    home: HomeOption = None,
    sandbox: SandboxOption = None,
    is_brief: Annotated[bool, typer.Option("--brief", help="Leave out what was simply mapped.")] = False,
) -> None:
    """Import a Codabench bundle, an ICPC, Kattis or DMOJ problem, a Kaggle-style or an mle-bench folder.

    Says line by line what was mapped, adapted, left out or refused. Exit code 1 when something that decides
    scores cannot be mapped: then nothing is written.
    """
    into.mkdir(parents=True, exist_ok=True)
    try:
        with open_runner(configuration.load(**given(home=home, sandbox=sandbox)), "importing") as runner:
            imported = convert(
                source, into, source_format=source_format, higher_is_better=higher_is_better, runner=runner
            )
    except (PackageError, SandboxError) as error:
        sys.stderr.write(f"{error}\n")
        fault = ExitCode.NOT_ACCEPTED if isinstance(error, PackageError) else ExitCode.NOT_INSTALLED
        raise typer.Exit(fault) from error
    if is_json:
        sys.stdout.write(_as_json(imported) + "\n")
    else:
        _show(imported, is_brief=is_brief)
    raise typer.Exit(ExitCode.OK if imported.packages else ExitCode.NOT_ACCEPTED)


def _as_json(imported: Imported) -> str:
    document = {
        "format": imported.report.source_format,
        "is_good": bool(imported.packages),
        "problems": [
            {"slug": package.spec.slug, "kind": package.spec.kind, "folder": str(package.root)}
            for package in imported.packages
        ],
        "entries": [asdict(entry) for entry in imported.report.entries],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _show(imported: Imported, *, is_brief: bool) -> None:
    def is_shown(entry: Entry) -> bool:
        return not is_brief or entry.fate in _SHOWN_FIRST

    for entry in filter(is_shown, imported.report.entries):
        sys.stdout.write(f"{entry}\n")
    if not imported.packages:
        sys.stdout.write("nothing was imported: see what was refused\n")
    for package in imported.packages:
        sys.stdout.write(f"{package.spec.slug} ({package.spec.kind}) is in {package.root}\n")
