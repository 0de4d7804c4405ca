"""Checkers of DMOJ problems: its own by name, a Python file, or a bridged program."""

import ast
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from problems.importers.dmoj_programs import add_program, find_program
from problems.importers.document import Document, as_mapping
from problems.importers.package import Draft
from problems.importers.report import Fate, Report
from problems.importers.source import Source

_SHIM = Path(__file__).with_name("dmoj_checker")
_PLAIN: dict[str, dict[str, Any]] = {
    "standard": {"kind": "tokens", "by_line": True},
    "identical": {"kind": "exact"},
    "floats": {"kind": "float", "by_line": True},
    "floatsabs": {"kind": "float", "by_line": True},
    "floatsrel": {"kind": "float", "by_line": True},
}
_BY_PROGRAM = ("sorted", "unordered", "easy", "linecount", "rstripped", "linematches")
_DEFAULT_PRECISION = 6
# Of a checker's arguments, what only DMOJ's own process can tell it.
_UNTOLD = frozenset(
    {
        *("submission_source", "submission_language", "binary_data", "execution_time", "problem_id"),
        *("case", "result", "case_position", "batch"),
    }
)


def checker_of(
    draft: Draft, source: Source, said: Document, points: Mapping[str, float], report: Report
) -> dict[str, Any]:
    """Return the manifest's checker, and copy its program if it has one.

    Args:
        draft: gets the program.
        source: has it.
        said: `init.yml`.
        points: pattern of cases → what one of them is worth.
        report: told of everything.
    """
    stated = said.take("checker", "standard")
    name = str(as_mapping(stated).get("name", stated))
    args = dict(as_mapping(as_mapping(stated).get("args")))
    line = said.line("checker")
    if name in _PLAIN:
        report.add(Fate.MAPPED, said.file, f"checker {name}", _PLAIN[name]["kind"], line=line)
        return _plain(name, args, said)
    if name in _BY_PROGRAM:
        report.add(Fate.MAPPED, said.file, f"checker {name}", "a program in the trusted sandbox", line=line)
        return _python(draft, "line_checkers.py", {"mode": name, **args}, points)
    if name == "bridged":
        return _bridged(draft, source, said, args, points, report)
    if name.endswith(".py") and name in source.files:
        fault = _python_fault(source.text(name))
        draft.add(f"hidden/reference/checker/{name}", source.files[name])
        fate, note = (
            (Fate.REFUSED, fault) if fault else (Fate.ADAPTED, "its Python runs in the trusted sandbox")
        )
        report.add(fate, name, f"checker {name}", note)
        return _python(draft, name, args, points)
    report.add(Fate.REFUSED, said.file, f"checker {name[:60]}", "there is no such checker", line=line)
    return {"kind": "tokens"}


def interactor_of(
    draft: Draft, source: Source, said: Document, points: Mapping[str, float], report: Report
) -> dict[str, Any]:
    """Return what the manifest says of a bridged interactor, and copy its program."""
    settings = as_mapping(said.take("interactive"))
    kind, line = str(settings.get("type", "default")), said.line("interactive")
    protocol = {"default": "plain", "testlib": "testlib"}.get(kind)
    if protocol is None:
        report.add(Fate.REFUSED, said.file, f"bridged interactor of type {kind[:40]}", line=line)
    program = find_program(source, said, settings.get("files"), settings, "interactive", report)
    if protocol is None or program is None:
        return {"interactor": "interactor/none.py"}
    path = add_program(draft, "interactor", program)
    note = f"runs as the interactor, protocol {protocol} ({kind})"
    report.add(Fate.MAPPED, said.file, f"interactive {program.name}", note, line=line)
    groups = _by_points(points) if protocol == "testlib" else []
    return {"interactor": path, "protocol": protocol} | ({"groups": groups} if groups else {})


def _by_points(points: Mapping[str, float]) -> list[dict[str, Any]]:
    """Return groups of cases by what they are worth, as testlib's points are a share of that."""
    by_points: dict[float, list[str]] = {}
    for pattern, worth in points.items():
        by_points.setdefault(worth, []).append(pattern)
    return [
        {"cases": patterns[at : at + 100], "points": worth}
        for worth, patterns in by_points.items()
        for at in range(0, len(patterns), 100)
    ]


def _python_fault(text: str) -> str:
    """Return why a checker in Python cannot be run outside of DMOJ's own process; empty if it can."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "is no Python 3"
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "dmoj":
            place = _SHIM / (node.module or "").replace(".", "/")
            beside = [place.with_suffix(".py"), place / "__init__.py"]
            known = "".join(path.read_text("utf-8") for path in beside if path.is_file())
            for name in node.names:
                is_module = (place / name.name).with_suffix(".py").is_file()
                if not is_module and not re.search(rf"^(?:def|class) {re.escape(name.name)}\b", known, re.M):
                    return f"imports {node.module}.{name.name}, which is inside DMOJ's own process"
        if isinstance(node, ast.FunctionDef) and node.name == "check":
            arguments = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
            if untold := sorted(_UNTOLD & {one.arg for one in arguments}):
                return f"wants to know {', '.join(untold)}, which it is not told here"
    return ""


def _plain(name: str, args: dict[str, Any], said: Document) -> dict[str, Any]:
    checker: dict[str, Any] = dict(_PLAIN[name])
    if checker["kind"] == "float":
        precision = args.get("precision", _DEFAULT_PRECISION)
        if isinstance(precision, bool) or not isinstance(precision, int) or not 0 <= precision <= 300:
            raise said.fault("bad-value", "precision must be a number from 0 to 300", "checker", "args")
        epsilon = 10.0**-precision
        mode = {"floatsabs": "absolute", "floatsrel": "relative"}.get(name, args.get("error_mode", "default"))
        if mode != "relative":
            checker["absolute"] = epsilon
        if mode != "absolute":
            checker["relative"] = epsilon
    return checker


def _python(draft: Draft, module: str, args: dict[str, Any], points: Mapping[str, float]) -> dict[str, Any]:
    for path in sorted(_SHIM.rglob("*.py")):
        draft.add(f"hidden/reference/checker/{path.relative_to(_SHIM).as_posix()}", path)

    def told(worth: float) -> list[str]:
        said = {"module": module, "args": args, "point_value": worth}
        return [json.dumps(said, ensure_ascii=True, default=str)]

    groups = [{"cases": one["cases"], "arguments": told(one["points"])} for one in _by_points(points)]
    return {"kind": "program", "protocol": "icpc", "source": "checker/main.py", "groups": groups}


def _bridged(
    draft: Draft,
    source: Source,
    said: Document,
    args: dict[str, Any],
    points: Mapping[str, float],
    report: Report,
) -> dict[str, Any]:
    line, kind = said.line("checker", "args"), str(args.get("type", "default"))
    if kind not in {"default", "testlib"}:
        report.add(Fate.REFUSED, said.file, f"bridged checker of type {kind[:40]}", line=line)
    program = find_program(source, said, args.get("files"), args, "checker.args", report)
    if program is None or kind not in {"default", "testlib"}:
        return {"kind": "tokens"}
    path = add_program(draft, "checker", program)
    note = f"protocol testlib ({kind})"
    report.add(Fate.MAPPED, said.file, f"bridged checker {program.name}", note, line=line)
    return {"kind": "program", "protocol": "testlib", "source": path, "groups": _by_points(points)}
