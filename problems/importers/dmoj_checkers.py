"""Checkers of DMOJ problems: its own by name, a Python file, or a bridged program."""

import json
from pathlib import Path
from typing import Any

from problems.importers.document import Document, as_list, as_mapping
from problems.importers.package import Draft
from problems.importers.report import Fate, Report
from problems.importers.source import Source
from problems.importers.validators import sources_of

_SHIM = Path(__file__).with_name("dmoj_checker")
_PLAIN = {
    "standard": "tokens",
    "identical": "exact",
    "rstripped": "lines",
    "linematches": "lines",
    "floats": "float",
    "floatsabs": "float",
    "floatsrel": "float",
}
_BY_PROGRAM = ("sorted", "unordered", "easy", "linecount")
_DEFAULT_PRECISION = 6


def checker_of(draft: Draft, source: Source, said: Document, report: Report) -> dict[str, Any]:
    """Return the manifest's checker, and copy its program if it has one."""
    stated = said.take("checker", "standard")
    name = str(as_mapping(stated).get("name", stated))
    args = dict(as_mapping(as_mapping(stated).get("args")))
    line = said.line("checker")
    if name in _PLAIN:
        report.add(Fate.MAPPED, said.file, f"checker {name}", _PLAIN[name], line=line)
        return _plain(name, args)
    if name in _BY_PROGRAM:
        report.add(Fate.MAPPED, said.file, f"checker {name}", "a program in the trusted sandbox", line=line)
        return _python(draft, "sorted_tokens.py", {"mode": name, **args})
    if name == "bridged":
        return _bridged(draft, source, said, args, report)
    if name.endswith(".py") and name in source.files:
        draft.add(f"hidden/reference/checker/{name}", source.files[name])
        note = "its Python runs in the trusted sandbox; it is not told the submission's source"
        report.add(Fate.ADAPTED, said.file, f"checker {name}", note, line=line)
        return _python(draft, name, args)
    report.add(Fate.REFUSED, said.file, f"checker {name[:60]}", "there is no such checker", line=line)
    return {"kind": "tokens"}


def _plain(name: str, args: dict[str, Any]) -> dict[str, Any]:
    checker: dict[str, Any] = {"kind": _PLAIN[name]}
    if checker["kind"] == "float":
        precision = args.get("precision", _DEFAULT_PRECISION)
        epsilon = 10.0 ** -int(precision) if isinstance(precision, int) and 0 <= precision <= 300 else 1e-6
        mode = {"floatsabs": "absolute", "floatsrel": "relative"}.get(name, args.get("error_mode", "default"))
        if mode != "relative":
            checker["absolute"] = epsilon
        if mode != "absolute":
            checker["relative"] = epsilon
    return checker


def _python(draft: Draft, module: str, args: dict[str, Any]) -> dict[str, Any]:
    for path in sorted(_SHIM.rglob("*.py")):
        draft.add(f"hidden/reference/checker/{path.relative_to(_SHIM).as_posix()}", path)
    config = json.dumps({"module": module, "args": args, "point_value": 1.0}, ensure_ascii=False, default=str)
    return {"kind": "program", "protocol": "icpc", "source": "checker/main.py", "arguments": [config]}


def _bridged(
    draft: Draft, source: Source, said: Document, args: dict[str, Any], report: Report
) -> dict[str, Any]:
    line = said.line("checker", "args")
    files = [str(name) for name in as_list(args.get("files"))]
    protocol = str(args.get("type", "default"))
    code = sources_of(files)
    if protocol not in {"default", "testlib"}:
        report.add(Fate.REFUSED, said.file, f"bridged checker of type {protocol[:40]}", line=line)
    elif args.get("args_format_string"):
        report.add(Fate.REFUSED, said.file, "args_format_string", "arguments in another order", line=line)
    elif len(code) != 1 or not set(files) <= set(source.files):
        note = "one source file in C, C++, Java or Python is needed, and every file it names"
        report.add(Fate.REFUSED, said.file, f"bridged checker of {', '.join(files)[:100]}", note, line=line)
    else:
        for name in files:
            draft.add(f"hidden/reference/checker/{name}", source.files[name])
        report.add(
            Fate.MAPPED, said.file, f"bridged checker {code[0]}", f"protocol testlib ({protocol})", line=line
        )
        return {"kind": "program", "protocol": "testlib", "source": f"checker/{code[0]}"}
    return {"kind": "tokens"}
