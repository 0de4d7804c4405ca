"""Imports DMOJ's problem folders: `init.yml`, its data files or archive, its checker.

Source of the format: https://docs.dmoj.ca/#/problem_format/problem_format. Batches become subtasks,
generators are run once. What runs inside DMOJ's own judge process (`custom_judge`, `signature_grader`) has no
safe counterpart and is refused.
"""

from pathlib import Path
from typing import Any

from problems.importers.dmoj_cases import Files, add_cases
from problems.importers.dmoj_checkers import checker_of, interactor_of
from problems.importers.dmoj_submissions import add_submissions
from problems.importers.document import Document
from problems.importers.package import Draft, slug_of
from problems.importers.programs import Runner
from problems.importers.report import Fate, Report
from problems.importers.source import Source, unpack

_LANGUAGES = ["py", "c", "cpp", "java", "js"]
_TIME_S, _MEMORY_MIB = 2.0, 256
_OUTPUT_BYTES, _WALL_TIME_FACTOR = 25_165_824, 3  # of DMOJ
# testlib.h takes most compilers half a minute.
_COMPILE = {"wall_time_s": 120.0, "cpu_time_s": 60.0, "memory_mib": 2048}
_UNSAFE = {
    "custom_judge": "Python that runs inside the judge's own process: rewrite it as an environment",
    "signature_grader": "a function compiled together with the judge's code",
}
_LEFT_OUT = {
    "hints": "",
    "output_prefix_length": "how much of an output is shown is for the feedback level to say",
    "unbuffered": "programs have to flush what they write, as everywhere else",
    "symlinks": "programs read stdin; a file of this name is not there",
}


def convert(
    source: Source, parent: Path, report: Report, scratch: Path, *, runner: Runner | None = None
) -> Draft:
    """Write a DMOJ problem as ours.

    Args:
        source: its folder.
        parent: existing folder; the problem becomes a folder of it.
        report: told of everything.
        scratch: existing folder for what an archive holds.
        runner: runs generators; None where there are no sandboxes.

    Raises:
        PackageError: something that is named is not there, or cannot be read.
    """
    said = Document("init.yml", source.text("init.yml"))
    for key, note in _UNSAFE.items():
        if said.take(key):
            report.add(Fate.REFUSED, said.file, key, note, line=said.line(key))
    files = Files(source, _archive(source, said, scratch, report), scratch, runner)
    draft = Draft(parent, slug_of(source.name))
    try:
        _fill(draft, said, files, report)
    except BaseException:
        draft.discard()
        raise
    return draft


def _archive(source: Source, said: Document, scratch: Path, report: Report) -> dict[str, Path]:
    name = said.text("archive")
    if not name:
        return {}
    if name not in source.files:
        raise said.fault("file-missing", f"there is no {name[:100]}", "archive")
    folder = scratch / "archive"
    folder.mkdir()
    files = unpack(source.files[name], folder, place=name)
    report.add(Fate.MAPPED, said.file, "archive", f"{len(files)} files", line=said.line("archive"))
    return files


def _fill(draft: Draft, said: Document, files: Files, report: Report) -> None:
    source = files.source
    name = source.name.replace("_", " ").replace("-", " ").strip().capitalize() or "Imported"
    draft.names(name, f"{name}, a DMOJ problem")
    draft.manifest |= {
        "licence": "unknown", "authors": ["unknown"], "image": "python",
        "data": {"licence": "unknown", "source": {"en": "a DMOJ problem folder", "zh": "DMOJ 题目目录"}},
        "submission": {"formats": _LANGUAGES, "max_mib": 0.0625}, "feedback": "cases",
    }  # fmt: skip
    draft.manifest["limits"] = {"compile": dict(_COMPILE), "execute": _limits(said, report)}
    note = f"they are in DMOJ's database; {_TIME_S:g} s and {_MEMORY_MIB} MiB assumed"
    report.add(Fate.MISSING, said.file, "limits, statement, name, licence", note)
    interactive = said.take("interactive")
    cases = add_cases(draft, said, files, report)
    if interactive is not None:
        rules = interactor_of(draft, source, said, cases.points, report)
        wall_s = draft.manifest["limits"]["execute"]["wall_time_s"]
        rules |= {"turn_s": wall_s, "total_s": wall_s, "start_s": wall_s, "stop": "never"}
        said.take("checker")  # the interactor decides
        draft.manifest |= {"kind": "interactive", "interactive": rules | {"subtasks": cases.subtasks}}
    else:
        checker = checker_of(draft, source, said, cases.points, report)
        draft.manifest |= {
            "kind": "program",
            "program": {"cases": {"checker": checker, "subtasks": cases.subtasks}},
        }
    draft.manifest["scoring"] = {
        "scorer": "cases",
        "options": {"partial": True},
        "metrics": [{"name": "points"}, {"name": "cases_passed"}],
        "primary": "points",
    }
    draft.statement(f"# {name}\n\nThe statement is not part of a DMOJ problem folder: write it here.\n")
    add_submissions(draft, source, cases.n_points, report)
    for key, note in _LEFT_OUT.items():
        if said.take(key) is not None:
            report.add(Fate.LEFT_OUT, said.file, key, note, line=said.line(key))
    for key, line in said.untouched():
        report.add(Fate.LEFT_OUT, said.file, key, "no key of DMOJ's format", line=line)


def _limits(said: Document, report: Report) -> dict[str, Any]:
    factor = _number(said, "wall_time_factor", _WALL_TIME_FACTOR, 1, 100, report)
    n_bytes = _number(said, "output_limit_length", _OUTPUT_BYTES, 1, 64 * 1024 * 1024, report)
    return {
        "cpu_time_s": _TIME_S,
        "wall_time_s": factor * _TIME_S,
        "memory_mib": _MEMORY_MIB,
        "n_processes": 64,
        "stdout_kib": max(1, int(n_bytes) // 1024),
    }


def _number(said: Document, key: str, default: float, low: float, high: float, report: Report) -> float:
    value = said.take(key)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise said.fault("bad-value", f"must be a number from {low:g} to {high:g}", key)
    report.add(Fate.MAPPED, said.file, key, f"{value:g}", line=said.line(key))
    return float(value)
