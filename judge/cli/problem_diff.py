"""`judge problem diff` and `judge problem pack`: what changed between two versions, and one file to send."""

import json
import re
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from judge import runtime as runtimes
from judge import settings as configuration
from judge.cli.console import HomeOption, clear_errors, given, package_errors
from judge.cli.exits import ExitCode
from judge.services import problems as service
from judge.settings import Settings
from problems.diff import EFFECTS, Change, Content, compare, shown
from problems.loader import load
from problems.pack import pack as pack_package

_PUBLISHED = re.compile(r"(?P<slug>[a-z0-9-]+)@(?P<version>[^@/]+)")
_WORDS = {
    "rejudge": "earlier submissions may get other results",
    "ranking": "results stand; their order or what is shown may differ",
    "proof": "examples",
    "text": "no effect on results",
}
Side = Annotated[str, typer.Argument(help="Folder, zip, or SLUG@VERSION as published here.")]


def diff(
    old: Side,
    new: Side,
    home: HomeOption = None,
    is_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Say what changed between two versions, and whether a rejudge is needed.

    Exit codes: 0 nothing changed, 1 something did, 2 there is no such package.
    """
    with clear_errors(), package_errors():
        settings = configuration.load(**given(home=home))
        before, after = (_content(side, settings) for side in (old, new))
    if any(_is_published(side) for side in (old, new)):
        # What was published is kept without its examples and sources; they are no difference then.
        before, after = (_kept(content) for content in (before, after))
    changes = compare(before, after)
    if is_json:
        _print_json(before, after, changes)
    else:
        _print_lines(before, after, changes)
    raise typer.Exit(ExitCode.NOT_ACCEPTED if changes else ExitCode.OK)


def pack(
    folder: Annotated[Path, typer.Argument(exists=True, readable=True, help="Folder of the package.")],
    out: Annotated[Path, typer.Argument(help="The zip.")],
) -> None:
    """Pack a package into a zip; the same package gives the same bytes."""
    with clear_errors(), package_errors():
        package = load(folder)
        pack_package(package, out)
    sys.stdout.write(f"{package.spec.slug} {package.spec.version}: {out}, {out.stat().st_size:,} bytes\n")


def _is_published(side: str) -> bool:
    return not Path(side).exists()


def _kept(content: Content) -> Content:
    return replace(
        content, files={name: file for name, file in content.files.items() if service.is_kept(name)}
    )


def _content(side: str, settings: Settings) -> Content:
    path = Path(side)
    if path.is_dir():
        return Content.of(load(path))
    if path.is_file():
        with tempfile.TemporaryDirectory(prefix="judge-package-") as name:
            return Content.of(load(path, into=Path(name)))
    published = _PUBLISHED.fullmatch(side)
    if published is None:
        raise typer.BadParameter(f"there is no package at {side}")
    return _published(published["slug"], published["version"], settings)


def _published(slug: str, version: str, settings: Settings) -> Content:
    runtime = runtimes.build(settings)
    try:
        with runtime.database.read() as session:
            found = service.find_version(session, slug, version)
            files = {name: (entry["sha256"], entry["size"]) for name, entry in found.files.items()}
            spec = service.spec_of(found).model_dump(mode="json")
    finally:
        runtime.close()
    return Content(f"{slug} {version}", spec, files)


def _print_json(before: Content, after: Content, changes: tuple[Change, ...]) -> None:
    document = {
        "old": before.name,
        "new": after.name,
        "is_same": not changes,
        "needs_rejudge": any(change.effect == "rejudge" for change in changes),
        "changes": [asdict(change) for change in changes],
    }
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def _print_lines(before: Content, after: Content, changes: tuple[Change, ...]) -> None:
    sys.stdout.write(f"{before.name} -> {after.name}\n")
    for effect in EFFECTS:
        found = [change for change in changes if change.effect == effect]
        if found:
            sys.stdout.write(f"\n{effect}: {_WORDS[effect]}\n")
        for change in found:
            sys.stdout.write(f"  {_line(change)}\n")
    if not changes:
        sys.stdout.write("no difference\n")


def _line(change: Change) -> str:
    if not change.is_file:
        return f"{change.place}: {shown(change.before)} -> {shown(change.after)}"
    if change.before is None:
        return f"+ {change.place} ({change.after:,} bytes)"
    if change.after is None:
        return f"- {change.place} ({change.before:,} bytes)"
    return f"* {change.place} ({change.before:,} -> {change.after:,} bytes)"
