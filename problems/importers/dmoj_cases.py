"""Test cases of DMOJ problems: single ones, batches, those of patterns, and those that a generator writes."""

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from problems.errors import PackageError
from problems.importers.dmoj_patterns import cases_of
from problems.importers.dmoj_programs import Program, find_program
from problems.importers.document import Document, as_list, as_mapping
from problems.importers.package import Draft
from problems.importers.programs import Call, Ran, Runner
from problems.importers.report import Fate, Report
from problems.importers.source import Source

Place = tuple[str | int, ...]
_OF_ONE_CASE = ("checker", "custom_judge", "interactive", "signature_grader")


@dataclass(frozen=True, slots=True)
class Files:
    """What a problem's cases may name.

    Attributes:
        source: of the package.
        archive: files of its archive; those of the folder come first.
        scratch: existing folder.
        runner: runs generators; None where there are no sandboxes.
    """

    source: Source
    archive: Mapping[str, Path]
    scratch: Path
    runner: Runner | None

    def find(self, said: Document, name: object, place: Place) -> Path:
        """Return a file. Raises `PackageError` `file-missing`."""
        file = self.source.files.get(str(name)) or self.archive.get(str(name))
        if file is None:
            raise said.fault("file-missing", f"there is no {str(name)[:100]}", *place)
        return file


@dataclass(slots=True)
class Cases:
    """What was found under `test_cases`.

    Attributes:
        subtasks: of the manifest.
        points: pattern of cases → what one of them is worth.
        n_points: in all.
    """

    subtasks: list[dict[str, Any]] = field(default_factory=list)
    points: dict[str, float] = field(default_factory=dict)
    n_points: float = 0.0


@dataclass(frozen=True, slots=True)
class _Case:
    name: str
    said: Mapping[str, Any]
    place: Place


def add_cases(draft: Draft, said: Document, files: Files, report: Report) -> Cases:
    """Write all test cases. Entries are subtasks; those that give nothing come before all later ones.

    Raises:
        PackageError: something that is named is not there, or cannot be read.
    """
    shared = {key: said.take(key) for key in ("points", "generator", "generator_args", "binary_data")}
    shared["points"] = 1 if shared["points"] is None else shared["points"]
    base = {key: value for key, value in shared.items() if value is not None}
    cases, found, gates = Cases(), list[_Case](), list[str]()
    entries = _entries(said, files, base)
    for index, (entry, place) in enumerate(entries):
        name = f"c{index + 1:03d}"
        mine = ChainMap(dict(entry), base)
        ones = [as_mapping(one) for one in as_list(entry.get("batched"))] or [{}]
        found += [
            _Case(f"{name}/{number:03d}", ChainMap(dict(one), mine), place)
            for number, one in enumerate(ones, 1)
        ]
        points = _points(mine["points"])
        after = _needed(said, entries, index) + [gate for gate in gates]
        subtask = {"name": name, "points": points, "cases": [f"{name}/*"], "aggregate": "min"}
        cases.subtasks.append(subtask | ({"after": after} if after else {}))
        cases.n_points += points
        cases.points[f"{name}/*"] = points or 1.0
        if points == 0:
            gates.append(name)
            note = "whoever fails it gets nothing for what comes later"
            report.add(Fate.MAPPED, said.file, "a case without points", note, line=said.line(*place))
    note = f"{len(cases.subtasks)} subtasks, {len(found)} cases, {cases.n_points:g} points"
    report.add(Fate.MAPPED, said.file, "test_cases", note, line=said.line("test_cases"))
    if cases.n_points <= 0:
        report.add(Fate.REFUSED, said.file, "points", "no test case gives any", line=said.line("test_cases"))
    generated = _generated(said, files, found, report)
    for case in found:
        _add_case(draft, said, files, case, generated.get(case.name))
    return cases


def _entries(said: Document, files: Files, base: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], Place]]:
    stated = said.take("test_cases")
    pretests: list[tuple[Mapping[str, Any], Place]] = [
        ({**as_mapping(item), "points": 0}, ("pretest_test_cases", index))
        for index, item in enumerate(as_list(said.take("pretest_test_cases")))
    ]
    if isinstance(stated, list):
        listed: list[tuple[Mapping[str, Any], Place]] = [
            (as_mapping(item), ("test_cases", index)) for index, item in enumerate(stated)
        ]
    elif files.archive:
        matched = cases_of(said, as_mapping(stated), files.archive, base["points"])
        listed = [(entry, ("test_cases",)) for entry in matched]
    else:
        listed = []
    if not listed:
        message = "no test_cases are listed, and there is no archive to find them in"
        raise said.fault("data-missing", message, "test_cases")
    return [*pretests, *listed]


def _needed(said: Document, entries: list[tuple[Mapping[str, Any], Place]], index: int) -> list[str]:
    """Return the subtasks of the batches an entry depends on: DMOJ counts batches alone, from 1."""
    batches = [number for number, (entry, _) in enumerate(entries) if as_list(entry.get("batched"))]
    entry, place = entries[index]
    needed = []
    for number in as_list(entry.get("dependencies")):
        is_number = isinstance(number, int) and not isinstance(number, bool)
        if not is_number or not 0 < number <= len(batches) or batches[number - 1] >= index:
            message = f"{str(number)[:20]!r} is no earlier batch"
            raise said.fault("bad-dependency", message, *place, "dependencies")
        needed.append(f"c{batches[number - 1] + 1:03d}")
    return list(dict.fromkeys(needed))


def _points(value: object) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e9
    return float(value) if is_number and isinstance(value, int | float) else 0.0


def _add_case(draft: Draft, said: Document, files: Files, case: _Case, made: Ran | None) -> None:
    for key in _OF_ONE_CASE:
        if case.said.get(key) is not None:
            message = f"`{key}` of a single case cannot be mapped"
            raise said.fault("case-settings", message, *case.place, key)
    is_binary = bool(case.said.get("binary_data"))
    given, answer = b"", b""
    if made is not None:
        given, answer = made.stdout.read_bytes(), _normalised(made.stderr.read_bytes(), is_binary)
    if case.said.get("in") is not None:
        given = _normalised(files.find(said, case.said["in"], case.place).read_bytes(), is_binary)
    if case.said.get("out") is not None:
        answer = _normalised(files.find(said, case.said["out"], case.place).read_bytes(), is_binary)
    draft.add(f"hidden/inputs/{case.name}.in", given)
    draft.add(f"hidden/reference/{case.name}.ans", answer)


def _normalised(content: bytes, is_binary: bool) -> bytes:
    """Return test data with Unix line ends and one at its end, as DMOJ's judge does before it uses any."""
    if is_binary or not content:
        return content
    content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return content if content.endswith(b"\n") else content + b"\n"


def _generated(said: Document, files: Files, cases: list[_Case], report: Report) -> dict[str, Ran]:
    """Run the generators; return what came of each case that has one and is not written out."""
    by_generator: dict[str, list[_Case]] = {}
    for case in cases:
        if not case.said.get("generator"):
            continue
        is_written = case.said.get("in") is not None and case.said.get("out") is not None
        told = [key for key in ("generator_args", "generator_in") if case.said.get(key)]
        if case.said.get("in") is not None and told:
            message = f"has both `in` and `{told[0]}`: which is its input?"
            raise said.fault("case-ambiguous", message, *case.place)
        if not is_written:
            by_generator.setdefault(repr(case.said["generator"]), []).append(case)
    if not by_generator and any(case.said.get("generator") for case in cases):
        note = "not run: every case is written out"
        report.add(Fate.LEFT_OUT, said.file, "generator", note, line=said.line("generator"))
    made: dict[str, Ran] = {}
    for mine in by_generator.values():
        made |= _run_generator(said, files, mine, report)
    return made


def _run_generator(said: Document, files: Files, cases: list[_Case], report: Report) -> dict[str, Ran]:
    stated = cases[0].said["generator"]
    settings = as_mapping(stated)
    names = settings.get("source") if settings else stated
    program = find_program(files.source, said, names, settings, "generator", report)
    if program is None:
        return {}
    line = said.line("generator")
    if files.runner is None:
        note = "there is no sandbox to run it in; see `judge doctor`"
        report.add(Fate.REFUSED, said.file, f"generator {program.name}", note, line=line)
        return {}
    calls = [_call(said, files, case, settings) for case in cases]
    try:
        results = files.runner.run(_written(files, program), program.siblings, calls, wanted=0)
    except PackageError as error:
        note = error.findings[0].message
        report.add(Fate.REFUSED, said.file, f"generator {program.name}", note, line=line)
        return {}
    if len(results) < len(calls) or results[-1].exit_code != 0:
        case = cases[len(results) - 1]
        note = f"failed on {case.name}: {results[-1].detail}"
        report.add(Fate.REFUSED, said.file, f"generator {program.name}", note, line=said.line(*case.place))
        return {}
    note = f"{len(calls)} cases were generated, once, in the trusted sandbox"
    report.add(Fate.ADAPTED, said.file, f"generator {program.name}", note, line=line)
    return {case.name: result for case, result in zip(cases, results, strict=True)}


def _call(said: Document, files: Files, case: _Case, settings: Mapping[str, Any]) -> Call:
    stated = as_list(case.said.get("generator_args")) or as_list(settings.get("args"))
    arguments = tuple(str(one) for one in stated)
    if any("\0" in one for one in arguments):
        raise said.fault("bad-value", "an argument of a generator holds a zero byte", *case.place)
    given = case.said.get("generator_in")
    return Call(case.name, arguments, files.find(said, given, case.place) if given else None)


def _written(files: Files, program: Program) -> Path:
    """Write a program to the scratch folder, as its text may be another than the package's."""
    folder = files.scratch / f"program-{len(list(files.scratch.iterdir()))}"
    folder.mkdir()
    path = folder / program.name
    path.write_bytes(program.text)
    return path
