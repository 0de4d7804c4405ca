"""Test data of ICPC packages: cases, sample cases, and groups as subtasks."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from problems.errors import PackageError
from problems.importers.document import as_list, as_mapping
from problems.importers.icpc_groups import SETTINGS, GroupSettings
from problems.importers.package import Draft
from problems.importers.report import Fate, Report
from problems.importers.source import Source
from problems.importers.statement import Sample

_MAX_SAMPLE_BYTES = 4096
_AGGREGATIONS = {"pass-fail": "min", "min": "min", "sum": "mean", "avg": "mean"}
_READ_ELSEWHERE = frozenset(
    {
        *("input_validator_flags", "input_validator_args", "output_validator_flags", "output_validator_args"),
        *("scoring", "grader_flags", "accept_score", "on_reject", "range", "grading", "reject_score"),
    }
)


@dataclass(slots=True)
class Groups:
    """What was found.

    Attributes:
        names: paths of the groups that hold cases, below `data`.
        cases: names of all cases, in order.
        subtasks: of the manifest; empty for a pass-fail problem.
        samples: for the statement.
        n_points: of all subtasks.
    """

    names: list[str] = field(default_factory=list)
    cases: list[str] = field(default_factory=list)
    subtasks: list[dict[str, Any]] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    n_points: float = 0.0


def add_data(
    draft: Draft, source: Source, settings: GroupSettings, report: Report, *, is_scoring: bool
) -> Groups:
    """Copy the test cases; return their groups.

    Args:
        draft: gets them.
        source: has them.
        settings: of its groups.
        report: told of everything.
        is_scoring: whether groups give points; else each case counts, whatever its group.

    Raises:
        PackageError: a case has no answer, or there are none.
    """
    data = source.below("data")
    by_group: dict[str, list[str]] = defaultdict(list)
    for name, file in data.items():
        if not name.endswith(".in"):
            continue
        case = name.removesuffix(".in")
        answer = data.get(f"{case}.ans")
        if answer is None:
            raise PackageError.at("case-incomplete", f"there is no {case}.ans", f"data/{name}")
        draft.add(f"hidden/inputs/{case}.in", file)
        draft.add(f"hidden/reference/{case}.ans", answer)
        by_group[case.rpartition("/")[0]].append(case)
    if not any(group.startswith("secret") for group in by_group):
        raise PackageError.at("data-missing", "there are no test cases below data/secret", "data")
    cases = [case for group in by_group.values() for case in group]
    report.add(Fate.MAPPED, "data", f"{len(cases)} test cases", "hidden/inputs and hidden/reference")
    groups = Groups(sorted(by_group), cases, samples=_samples(draft, source, by_group.get("sample", [])))
    if is_scoring:
        _add_groups(groups, settings, by_group, report)
    _report_rest(data, settings, report)
    return groups


def _add_groups(
    groups: Groups, settings: GroupSettings, by_group: dict[str, list[str]], report: Report
) -> None:
    named = [group for group in groups.names if group not in {"sample", "secret"}]
    for group in named or ["secret"]:
        _add_group(groups, settings, group, len(by_group[group]), report)
    if named and "secret" in by_group:
        note = "beside groups that give points"
        report.add(Fate.REFUSED, "data/secret", "cases outside of any group", note)
    for group in ("", "secret") if named else ("",):
        said = settings.own(group)
        words = set(str(said.take("grader_flags", "")).split()) if said else set()
        aggregation = as_mapping(said.take("scoring")).get("aggregation", "sum") if said else "sum"
        if said and (words & {"min", "max", "avg"} or aggregation != "sum"):
            note = "the points of groups are added up here"
            report.add(Fate.REFUSED, said.file, "aggregation of groups", note, line=said.line("grader_flags"))
    if groups.n_points <= 0:
        report.add(Fate.REFUSED, "data/secret", "points", "no group gives any")


def _samples(draft: Draft, source: Source, cases: list[str]) -> list[Sample]:
    samples = []
    for case in sorted(cases):
        for suffix in ("in", "ans"):
            draft.add(
                f"public/samples/{case.rpartition('/')[2]}.{suffix}", source.files[f"data/{case}.{suffix}"]
            )
        sizes = [source.files[f"data/{case}.{suffix}"].stat().st_size for suffix in ("in", "ans")]
        if max(sizes) <= _MAX_SAMPLE_BYTES:
            samples.append(Sample(case, source.text(f"data/{case}.in"), source.text(f"data/{case}.ans")))
    return samples


def _add_group(groups: Groups, settings: GroupSettings, group: str, n_cases: int, report: Report) -> None:
    if not group.startswith("secret"):
        note = "its cases count like the others"
        report.add(Fate.ADAPTED, f"data/{group}", "group outside of secret", note)
    own = settings.own(group)
    place, line = (own.file, 1) if own else (f"data/{group}", 0)
    scoring = as_mapping(own.take("scoring")) if own else {}
    aggregation = _aggregation(settings, group, scoring, n_cases, report)
    each = scoring.get("score", settings.find(group, "accept_score").value)
    points = _number(each, 1.0, place, line)
    if aggregation == "mean" and "score" not in scoring:
        points *= n_cases  # the legacy format states what each case gives
    if _number(settings.find(group, "reject_score").value, 0.0, place, line):
        report.add(Fate.REFUSED, place, "reject_score", "a wrong answer gives nothing here", line=line)
    name = re.sub(r"[^a-z0-9]+", "_", group.rpartition("/")[2].lower()).strip("_")[:30].strip("_") or "group"
    subtask: dict[str, Any] = {
        "name": name, "points": points, "cases": [f"{group}/*"], "aggregate": aggregation
    }  # fmt: skip
    after = _needed(groups, as_list(scoring.get("require_pass")), place, line, report)
    groups.subtasks.append(subtask | ({"after": after} if after else {}))
    groups.n_points += points
    note = f"subtask {name}, {points:g} points, {aggregation} of {n_cases} cases"
    report.add(Fate.MAPPED, place, "test group", note, line=line)


def _aggregation(
    settings: GroupSettings, group: str, scoring: Mapping[str, Any], n_cases: int, report: Report
) -> str:
    flags = settings.find(group, "grader_flags")
    words = [word for word in str(flags.value or "").split() if word in {"min", "max", "sum", "avg"}]
    is_legacy = not scoring
    stated = str(scoring.get("aggregation") or (words[-1] if words else "sum" if is_legacy else "min"))
    if stated not in _AGGREGATIONS:
        note = f"{stated[:40]} of several cases cannot be asked for"
        report.add(Fate.REFUSED, flags.file, "aggregation", note, line=flags.line)
    if settings.find(group, "grading").value == "custom":
        report.add(Fate.REFUSED, flags.file, "grading", "a grader of its own adds up the points")
    on_reject = settings.find(group, "on_reject")
    goes_on = str(on_reject.value) in {"continue", "grade"}
    if is_legacy and stated in {"sum", "avg"} and n_cases > 1 and not goes_on:
        note = "cases after the first wrong one count too, here; say `on_reject: continue` if they may"
        report.add(Fate.REFUSED, on_reject.file, "on_reject", note, line=on_reject.line)
    return _AGGREGATIONS.get(stated, "min")


def _needed(groups: Groups, stated: Any, place: str, line: int, report: Report) -> list[str]:  # noqa: ANN401
    known = {one["cases"][0].removesuffix("/*"): one["name"] for one in groups.subtasks}
    after = []
    for item in map(str, stated):
        if item in known or f"secret/{item}" in known:
            after.append(known.get(item) or known[f"secret/{item}"])
        elif item == "sample":
            report.add(Fate.ADAPTED, place, "require_pass", "samples give and take nothing here", line=line)
        else:
            report.add(Fate.REFUSED, place, "require_pass", f"{item[:60]} is no group before it", line=line)
    return after


def _number(value: object, default: float, place: str, line: int) -> float:
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise PackageError.at("bad-value", f"{str(value)[:40]!r} is no number of points", place, line)
    return float(value)


def _report_rest(data: dict[str, Any], settings: GroupSettings, report: Report) -> None:
    for name in data:
        suffix = name.rpartition(".")[2]
        if suffix in {"in", "ans"} or name.rpartition("/")[2] in SETTINGS:
            continue
        if ".files/" in name or suffix == "files":
            report.add(Fate.REFUSED, f"data/{name}", "file of a test case", "cases are given on stdin alone")
        else:
            report.add(Fate.LEFT_OUT, f"data/{name}", suffix)
    for file in settings.files:
        said = settings.own(file.rpartition("/")[0].removeprefix("data").lstrip("/"))
        for key, line in said.untouched() if said else ():
            if key not in _READ_ELSEWHERE:
                report.add(Fate.LEFT_OUT, file, key, line=line)
