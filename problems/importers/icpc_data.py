"""Test data of ICPC packages: cases, sample cases, and groups as subtasks."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from problems.errors import PackageError
from problems.importers.document import Document, as_list, as_mapping
from problems.importers.package import Draft
from problems.importers.report import Fate, Report
from problems.importers.source import Source
from problems.importers.statement import Sample

_SETTINGS = ("testdata.yaml", "test_group.yaml")
_MAX_SAMPLE_BYTES = 4096


@dataclass(slots=True)
class Groups:
    """What was found.

    Attributes:
        subtasks: of the manifest; empty for a pass-fail problem.
        samples: for the statement.
        n_points: of all subtasks.
    """

    subtasks: list[dict[str, Any]] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    n_points: float = 0.0


def add_data(draft: Draft, source: Source, report: Report) -> Groups:
    """Copy the test cases; return their groups.

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
    n_cases = sum(map(len, by_group.values()))
    report.add(Fate.MAPPED, "data", f"{n_cases} test cases", "hidden/inputs and hidden/reference")
    groups = Groups(samples=_samples(draft, source, by_group.get("sample", [])))
    for group in sorted(set(by_group) - {"sample", "secret"}):
        _add_group(groups, source, group, len(by_group[group]), report)
    if groups.subtasks and "secret" in by_group:
        report.add(
            Fate.REFUSED, "data/secret", "cases outside of any group", "beside groups that give points"
        )
    _report_rest(data, report)
    return groups


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


def _add_group(groups: Groups, source: Source, group: str, n_cases: int, report: Report) -> None:
    file = next((f"data/{group}/{name}" for name in _SETTINGS if f"data/{group}/{name}" in source.files), "")
    if not group.startswith("secret/"):
        report.add(
            Fate.ADAPTED, f"data/{group}", "group outside of secret", "its cases count like the others"
        )
    said = Document(file, source.text(file)) if file else Document(f"data/{group}", "")
    scoring = as_mapping(said.take("scoring"))
    words = said.text("grader_flags").split()
    aggregation = str(
        scoring.get("aggregation") or next((w for w in words if w in {"min", "sum", "avg", "max"}), "min")
    )
    each = scoring.get("score", said.take("accept_score", 1))
    points = float(each) if isinstance(each, int | float) and not isinstance(each, bool) else 1.0
    if aggregation == "max":
        report.add(Fate.REFUSED, file, "max", "the best of several cases cannot be asked for", line=1)
    if aggregation == "sum" and "score" not in scoring:
        points *= n_cases  # the legacy format states what each case gives
    name = re.sub(r"[^a-z0-9]+", "_", group.rpartition("/")[2].lower()).strip("_")[:30] or "group"
    needed = [str(item).rpartition("/")[2] for item in as_list(scoring.get("require_pass"))]
    known = {one["name"] for one in groups.subtasks}
    after = [item for item in needed if item in known]
    if points <= 0:
        report.add(Fate.LEFT_OUT, file or f"data/{group}", "a group without points")
        return
    subtask = {
        "name": name,
        "points": points,
        "cases": [f"{group}/*"],
        "aggregate": "min" if aggregation == "min" else "mean",
    }
    groups.subtasks.append(subtask | ({"after": after} if after else {}))
    groups.n_points += points
    note = f"subtask {name}, {points:g} points, {subtask['aggregate']} of {n_cases} cases"
    report.add(Fate.MAPPED, file or f"data/{group}", "test group", note)
    for key, line in said.untouched():
        if key not in {"on_reject", "range", "reject_score", "input_validator_flags", "input_validator_args"}:
            report.add(Fate.LEFT_OUT, file, key, line=line)


def _report_rest(data: dict[str, Any], report: Report) -> None:
    for name in data:
        suffix = name.rpartition(".")[2]
        if suffix in {"in", "ans"} or name.rpartition("/")[2] in _SETTINGS:
            continue
        if ".files/" in name or suffix == "files":
            report.add(Fate.REFUSED, f"data/{name}", "file of a test case", "cases are given on stdin alone")
        else:
            report.add(Fate.LEFT_OUT, f"data/{name}", suffix)
