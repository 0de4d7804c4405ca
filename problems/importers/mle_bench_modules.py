"""The modules that a grader of mle-bench needs: the competition's own, and those that it imports.

What graders import most is written here anew; anything else of mle-bench has to lie beside `config.yaml`.
"""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from problems.errors import PackageError
from problems.importers.document import Document, as_mapping
from problems.importers.package import Draft
from problems.importers.report import Fate, Report
from problems.importers.source import Source

_OURS = Path(__file__).with_name("mle_bench_scorer")
_TARGET = "hidden/reference/modules"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_NOT_THE_GRADERS = frozenset({"prepare.py"})
# Of other libraries, what the image has that scorers run in.
_AT_HAND = frozenset({"numpy", "pandas", "scipy", "sklearn", "matplotlib", "tqdm"})


class Called(NamedTuple):
    """A module and the function in it that grades."""

    module: str
    function: str


def add_modules(draft: Draft, source: Source, said: Document, report: Report) -> Called | None:
    """Copy the modules; return what is to be called, or None when it cannot be, and the report says why.

    Raises:
        PackageError: a module cannot be read.
    """
    line = said.line("grader")
    stated = str(as_mapping(said.take("grader")).get("grade_fn", ""))
    home = stated.removeprefix("mlebench.competitions.").partition(".")[0].partition(":")[0]
    module, _, function = stated.partition(":")
    inside = module.removeprefix(f"mlebench.competitions.{home}.").replace(".", "/") + ".py"
    if not _ID.fullmatch(home) or not function.isidentifier() or inside not in source.files:
        note = f"grade_fn {stated[:80]!r} is no function of a module beside config.yaml"
        report.add(Fate.REFUSED, said.file, "grader", note, line=line)
        return None
    files = _files(source, home)
    known = {path.removeprefix(f"{_TARGET}/"): file for path, file in files.items()}
    for path, file in files.items():
        draft.add(path, file)
    seen: set[str] = set()
    waiting = [f"mlebench/competitions/{home}/{inside}"]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += _check(name, known, report)
    for name in sorted(seen):
        report.add(Fate.MAPPED, name, "module", "runs unchanged in the trusted sandbox")
    return Called(module, function)


def _files(source: Source, home: str) -> dict[str, Path]:
    """Return target → file: modules that lie beside the competition, ours over them, and its own."""
    files = {
        f"{_TARGET}/{path}": file
        for path, file in source.files.items()
        if path.startswith("mlebench/") and path.endswith(".py")
    }
    files |= {
        f"{_TARGET}/{path.relative_to(_OURS).as_posix()}": path for path in _OURS.glob("mlebench/**/*.py")
    }
    own = {
        path: file
        for path, file in source.files.items()
        if path.endswith(".py") and not path.startswith(("mlebench/", "prepared/"))
    }
    folder = f"{_TARGET}/mlebench/competitions/{home}"
    files |= {f"{folder}/{path}": file for path, file in own.items() if path not in _NOT_THE_GRADERS}
    return files


def _check(name: str, known: Mapping[str, Path], report: Report) -> Iterator[str]:
    """Yield the modules that a module imports; those that are not there are refused."""
    try:
        tree = ast.parse(known[name].read_bytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", 0) or 0
        raise PackageError.at("source-syntax", "is no Python", name, line) from None
    for node in ast.walk(tree):
        for wanted in _imports(node, name):
            top, line = wanted[0], getattr(node, "lineno", 0)
            if top != "mlebench":
                if top not in _AT_HAND and top not in sys.stdlib_module_names:
                    note = "the image python-ml may lack it: judge the examples before you publish"
                    report.add(Fate.ADAPTED, name, f"imports {top}", note, line=line)
                continue
            path = "/".join(wanted)
            found = [file for file in (f"{path}.py", f"{path}/__init__.py") if file in known]
            if not found and not _defines(known, wanted):
                note = "put this module of mle-bench beside config.yaml, below mlebench/"
                report.add(Fate.REFUSED, name, f"imports {'.'.join(wanted)[:100]}", note, line=line)
            yield from found


def _imports(node: ast.AST, name: str) -> list[tuple[str, ...]]:
    """Return what a statement imports, as absolute names."""
    if isinstance(node, ast.Import):
        return [tuple(one.name.split(".")) for one in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    package = tuple(name.split("/")[: -node.level]) if node.level else ()
    module = (*package, *(node.module.split(".") if node.module else ()))
    if module[:1] != ("mlebench",):
        return [module]
    return [module, *((*module, one.name) for one in node.names if one.name != "*")]


def _defines(known: Mapping[str, Path], wanted: tuple[str, ...]) -> bool:
    """Return whether a module that is there has a name of its own."""
    folder, name = "/".join(wanted[:-1]), re.escape(wanted[-1])
    for file in (f"{folder}.py", f"{folder}/__init__.py"):
        if file in known:
            text = known[file].read_text("utf-8", "replace")
            return (
                re.search(rf"^(?:def|class) {name}\b|^{name}\s*[:=]|\bimport\b.*\b{name}\b", text, re.M)
                is not None
            )
    return False
