"""Programs of DMOJ problems that are compiled: bridged checkers, interactors, generators."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from problems.formats import FORMAT_OF_SUFFIX
from problems.importers.document import Document, as_list
from problems.importers.package import Draft
from problems.importers.programs import sources_of
from problems.importers.report import Fate, Report
from problems.importers.source import Source

_DEFINE = re.compile(r"-D([A-Za-z_][A-Za-z0-9_]*)(?:=([^\r\n]*))?")


class Program(NamedTuple):
    """A program and what lies beside it.

    Attributes:
        name: of its source.
        text: of its source, with what compiler flags define written out.
        siblings: further files, by name.
    """

    name: str
    text: bytes
    siblings: Mapping[str, Path]


def find_program(
    source: Source, said: Document, wanted: object, settings: Mapping[str, Any], place: str, report: Report
) -> Program | None:
    """Return the program that a key names; None when it cannot be run here, and the report says why.

    Args:
        source: of the package.
        said: for places.
        wanted: its files, the first or only one its source.
        settings: beside them: `flags`, `args_format_string`.
        place: key, for the report.
        report: told of faults.
    """
    files = [str(name) for name in as_list(wanted)]
    line = said.line(*place.split("."))
    code = sources_of(files)
    names = {name: name.rpartition("/")[2] for name in files}
    if len(code) != 1 or not set(files) <= set(source.files) or len(set(names.values())) != len(names):
        note = "one source file in C, C++, Java or Python is needed, and every file it names"
        report.add(Fate.REFUSED, said.file, f"{place} {', '.join(files)[:100]}", note, line=line)
        return None
    if settings.get("args_format_string"):
        report.add(Fate.REFUSED, said.file, "args_format_string", "arguments in another order", line=line)
        return None
    defines = _defines(settings.get("flags"), code[0], said, line, report)
    if defines is None:
        return None
    siblings = {names[name]: source.files[name] for name in files if name != code[0]}
    return Program(names[code[0]], defines + source.files[code[0]].read_bytes(), siblings)


def _defines(flags: object, name: str, said: Document, line: int, report: Report) -> bytes | None:
    """Return what compiler flags say as lines of C; None when they say something else."""
    lines = []
    for flag in map(str, as_list(flags)):
        found = _DEFINE.fullmatch(flag)
        if found is None or FORMAT_OF_SUFFIX.get("." + name.rpartition(".")[2]) not in {"c", "cpp"}:
            note = "only -D of C and C++ can be kept"
            report.add(Fate.REFUSED, said.file, f"compiler flag {flag[:60]}", note, line=line)
            return None
        value = "1" if found.group(2) is None else found.group(2)
        lines.append(f"#define {found.group(1)} {value}\n")
        report.add(Fate.ADAPTED, said.file, f"compiler flag {flag[:60]}", "#define at the top", line=line)
    return "".join([*lines, "#line 1\n"] if lines else []).encode()


def add_program(draft: Draft, role: str, program: Program) -> str:
    """Write a program below hidden/reference; return its path there."""
    for name, file in program.siblings.items():
        draft.add(f"hidden/reference/{role}/{name}", file)
    draft.add(f"hidden/reference/{role}/{program.name}", program.text)
    return f"{role}/{program.name}"
