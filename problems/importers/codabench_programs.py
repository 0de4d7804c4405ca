"""What Codabench's scoring and ingestion programs are started with."""

import ast
import shlex
from collections.abc import Mapping
from pathlib import Path

from problems.importers.document import Document
from problems.importers.report import Fate, Report

_PLACES = {
    "$ingestion_program": "/app/program",
    "$submission_program": "/app/ingested_program",
    "$program": "/app/program",
    "$hidden": "/app/input/ref",
    "$shared": "/app/shared",
    "$output": "/app/output",
    "$tmp": "/tmp",  # noqa: S108 - inside the sandbox
}
_SECRET = ("$hidden", "/app/input/ref", "/input/ref")


def command_of(
    files: Mapping[str, Path], kind: str, report: Report, said: Document, place: tuple[str | int, ...]
) -> list[str]:
    """Return what a program's metadata says is to be run, with Codabench's places put in.

    Args:
        files: of the program.
        kind: `scoring` or `ingestion`.
        report: told of it.
        said: competition.yaml.
        place: of the task, for messages.

    Raises:
        PackageError: `command-missing`.
    """
    for name in ("metadata.yaml", "metadata"):
        if name in files:
            text = files[name].read_text("utf-8", "replace")
            command = Document(f"{kind}_program/{name}", text).text("command")
            break
    else:
        raise said.fault("command-missing", f"the {kind} program has no metadata", *place)
    is_scoring = kind == "scoring"
    places = {"$predictions": "/app/input/res" if is_scoring else "/app/output"} | _PLACES
    places["$input"] = "/app/input" if is_scoring else "/app/input_data"
    for word in sorted(places, key=len, reverse=True):
        command = command.replace(word, places[word])
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    if not words:
        raise said.fault("command-missing", f"the {kind} program's metadata has no command", *place)
    if words[0] in {"python", "python2", "python3.7", "python3.8", "python3.9", "python3.10"}:
        report.add(
            Fate.ADAPTED, f"{kind}_program/metadata", words[0], "python3 of the image python-ml is run"
        )
        words[0] = "python3"
    _check_python(files, kind, words, report)
    report.add(Fate.MAPPED, f"{kind}_program/metadata", "command", " ".join(words))
    return words


def wants_reference(command: list[str]) -> bool:
    """Return whether a command names the place of the reference data."""
    return any(word in part for part in command for word in _SECRET)


def _check_python(files: Mapping[str, Path], kind: str, words: list[str], report: Report) -> None:
    """Refuse programs of Python 2, of which there is no image."""
    for word in words:
        name = word.removeprefix("/app/program/")
        if name.endswith(".py") and name in files:
            try:
                ast.parse(files[name].read_bytes(), name)
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                line = getattr(error, "lineno", 0) or 0
                report.add(Fate.REFUSED, f"{kind}_program/{name}", "program", "is no Python 3", line=line)
