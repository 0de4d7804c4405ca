"""`judge problem new`: a package to start from, judged as it is."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from judge.cli.exits import ExitCode
from problems.errors import PackageError
from problems.scaffold import list_kinds, scaffold


def new(
    kind: Annotated[str, typer.Argument(help=f"One of {', '.join(list_kinds())}.", metavar="KIND")],
    folder: Annotated[
        Path, typer.Argument(help="Folder to make; its name is the problem's slug.", metavar="DIR")
    ],
    has_cases: Annotated[
        bool, typer.Option("--cases", help="Kind program: test cases on stdin and stdout, not steps.")
    ] = False,
    is_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Make a small problem of a kind: it passes `check` as it is, and its problem.yaml explains itself.

    Exit codes: 0 made, 2 no such kind, a name that can be no slug, or something is there already.
    """
    target = folder.absolute()
    try:
        files = scaffold(kind, target, has_cases=has_cases)
    except (PackageError, OSError) as error:
        _complain(error, is_json=is_json)
        raise typer.Exit(ExitCode.USAGE) from error
    if is_json:
        document = {"slug": target.name, "kind": kind, "folder": str(target), "files": files}
        sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        return
    sys.stdout.write(f"{target.name} ({kind}) is in {target}, {len(files)} files\n")
    sys.stdout.write(f"prove it as it is, then after each change: judge problem check {folder}\n")


def _complain(error: PackageError | OSError, *, is_json: bool) -> None:
    code, message = "folder-not-writable", str(error)
    if isinstance(error, PackageError):
        code, message = error.findings[0].code, error.findings[0].message
    if is_json:
        sys.stdout.write(json.dumps({"code": code, "message": message}, ensure_ascii=False) + "\n")
    sys.stderr.write(f"{message} [{code}]\n")
