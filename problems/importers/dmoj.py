"""Imports DMOJ's problem folders: `init.yml`, its data files or archive, its checker.

Source of the format: https://docs.dmoj.ca/#/problem_format/problem_format. Batches become subtasks. What runs
inside DMOJ's own judge process (`custom_judge`, `signature_grader`) has no safe counterpart and is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from problems.importers.dmoj_checkers import checker_of
from problems.importers.dmoj_submissions import add_submissions
from problems.importers.document import Document, as_list, as_mapping
from problems.importers.package import Draft, slug_of
from problems.importers.report import Fate, Report
from problems.importers.source import Source, unpack

_LANGUAGES = ["py", "c", "cpp", "java", "js"]
_TIME_S, _MEMORY_MIB = 2.0, 256
_UNSAFE = {
    "custom_judge": "Python that runs inside the judge's own process: rewrite it as an environment",
    "signature_grader": "a function compiled together with the judge's code",
    "interactive": "a bridged interactor: its protocol differs from ICPC's",
    "generator": "run it and put what it writes beside init.yml",
}
_HARMLESS = (
    "hints",
    "unbuffered",
    "symlinks",
    "output_limit_length",
    "output_prefix_length",
    "wall_time_factor",
)


@dataclass(slots=True)
class Cases:
    """What was found under `test_cases`.

    Attributes:
        subtasks: of the manifest.
        weights: case → points, where cases count by themselves.
        n_points: in all.
        has_batches: whether any are batched.
    """

    subtasks: list[dict[str, Any]] = field(default_factory=list)
    weights: dict[str, float] = field(default_factory=dict)
    n_points: float = 0.0
    has_batches: bool = False


def convert(source: Source, parent: Path, report: Report, scratch: Path) -> Draft:
    """Write a DMOJ problem as ours.

    Args:
        source: its folder.
        parent: existing folder; the problem becomes a folder of it.
        report: told of everything.
        scratch: existing folder for what an archive holds.

    Raises:
        PackageError: something that is named is not there, or cannot be read.
    """
    said = Document("init.yml", source.text("init.yml"))
    for key, note in _UNSAFE.items():
        if said.take(key):
            report.add(Fate.REFUSED, said.file, key, note, line=said.line(key))
    data = dict(source.files) | _archive(source, said, scratch, report)
    draft = Draft(parent, slug_of(source.name))
    try:
        _fill(draft, source, said, data, report)
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
    files = unpack(source.files[name], folder)
    report.add(Fate.MAPPED, said.file, "archive", f"{len(files)} files", line=said.line("archive"))
    return files


def _fill(draft: Draft, source: Source, said: Document, data: dict[str, Path], report: Report) -> None:
    name = source.name.replace("_", " ").replace("-", " ").strip().capitalize()
    draft.names(name, f"{name}, a DMOJ problem")
    draft.manifest |= {
        "kind": "program", "licence": "unknown", "authors": ["unknown"], "image": "python",
        "data": {"licence": "unknown", "source": {"en": "a DMOJ problem folder", "zh": "DMOJ 题目目录"}},
        "submission": {"formats": _LANGUAGES, "max_mib": 0.0625}, "feedback": "cases",
    }  # fmt: skip
    draft.manifest["limits"] = {
        "execute": {
            "cpu_time_s": _TIME_S,
            "wall_time_s": 3 * _TIME_S,
            "memory_mib": _MEMORY_MIB,
            "n_processes": 64,
            "stdout_kib": 24 * 1024,  # of DMOJ
        }
    }
    note = f"they are in DMOJ's database; {_TIME_S:g} s and {_MEMORY_MIB} MiB assumed"
    report.add(Fate.MISSING, said.file, "limits, statement, name, licence", note)
    cases = _add_cases(draft, said, data, report)
    rules: dict[str, Any] = {"checker": checker_of(draft, source, said, report), "subtasks": cases.subtasks}
    draft.manifest["program"] = {"cases": rules}
    options = {"partial": True}
    metrics = [{"name": "points"}, {"name": "cases_passed"}]
    draft.manifest["scoring"] = {
        "scorer": "cases",
        "options": options,
        "metrics": metrics,
        "primary": "points",
    }
    draft.statement(f"# {name}\n\nThe statement is not part of a DMOJ problem folder: write it here.\n")
    add_submissions(draft, source, cases.n_points, report)
    for key in _HARMLESS:
        if said.take(key) is not None:
            report.add(Fate.LEFT_OUT, said.file, key, line=said.line(key))
    for key, line in said.untouched():
        report.add(Fate.LEFT_OUT, said.file, key, line=line)


def _add_cases(draft: Draft, said: Document, data: dict[str, Path], report: Report) -> Cases:
    cases = Cases()
    said.take("pretest_test_cases")
    default = said.take("points", 1)
    entries = as_list(said.take("test_cases"))
    if not entries:
        raise said.fault("data-missing", "no test_cases are listed; patterns are not read", "test_cases")
    for index, item in enumerate(entries):
        entry, place = as_mapping(item), ("test_cases", index)
        name = f"c{index + 1:03d}"
        points = _points(entry.get("points", default))
        batch = as_list(entry.get("batched"))
        for number, one in enumerate(batch or [entry], start=1):
            case = f"{name}/{number:03d}"
            _add_case(draft, said, data, as_mapping(one), case, place)
        if points <= 0:
            report.add(Fate.LEFT_OUT, said.file, "a case without points", line=said.line(*place))
            continue
        subtask: dict[str, Any] = {"name": name, "points": points, "cases": [f"{name}/*"], "aggregate": "min"}
        needed = [
            f"c{int(other):03d}" for other in as_list(entry.get("dependencies")) if isinstance(other, int)
        ]
        known = {one["name"] for one in cases.subtasks}
        if needed:
            subtask["after"] = [_batch_name(entries, int(other[1:])) for other in needed]
            subtask["after"] = [other for other in subtask["after"] if other in known]
        cases.subtasks.append(subtask)
        cases.n_points += points
    report.add(
        Fate.MAPPED, said.file, "test_cases", f"{len(cases.subtasks)} subtasks, {cases.n_points:g} points"
    )
    return cases


def _batch_name(entries: Any, number: int) -> str:  # noqa: ANN401 - plain YAML
    """Return the name of the batch of this number: DMOJ counts batches alone, from 1."""
    batches = [index for index, item in enumerate(entries) if as_mapping(item).get("batched")]
    return f"c{batches[number - 1] + 1:03d}" if 0 < number <= len(batches) else ""


def _normalised(content: bytes) -> bytes:
    """Return test data with Unix line ends and one at its end, as DMOJ's judge does before it uses any."""
    content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return content if not content or content.endswith(b"\n") else content + b"\n"


def _points(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _add_case(
    draft: Draft,
    said: Document,
    data: dict[str, Path],
    entry: Mapping[str, Any],
    case: str,
    place: tuple[str | int, ...],
) -> None:
    for key, target in (("in", f"hidden/inputs/{case}.in"), ("out", f"hidden/reference/{case}.ans")):
        name = entry.get(key)
        if name is None:
            draft.add(target, b"")
        elif str(name) in data:
            draft.add(target, _normalised(data[str(name)].read_bytes()))
        else:
            raise said.fault("file-missing", f"there is no {str(name)[:100]}", *place)
    for key in ("checker", "generator_args", "custom_judge", "interactive"):
        if entry.get(key) is not None:
            raise said.fault("case-settings", f"`{key}` of a single case cannot be mapped", *place)
