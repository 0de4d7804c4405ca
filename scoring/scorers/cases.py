"""Scorer `cases`: checks what a program wrote for each test case, and adds up points."""

import mmap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from scoring.case_files import CASES_FILE, OUTPUTS_FILE, CaseEntry, CaseSet, CheckerSpec, SubtaskSpec
from scoring.checkers import find_mismatch
from scoring.contract import (
    MAX_CASES,
    Case,
    CaseVerdict,
    Message,
    MetricValue,
    ReportStatus,
    ScoringReport,
    ScoringRequest,
    Split,
    SubtaskScore,
)
from scoring.errors import ReferenceBroken, ScorerMisconfigured
from scoring.intervals.means import with_mean_interval
from scoring.options import CasesOptions
from scoring.reference_splits import SPLITS
from scoring.scorers import Places


def score_cases(request: ScoringRequest, places: Places) -> ScoringReport:
    """Score a program's runs.

    Args:
        request: with `CasesOptions`; `extra` names `cases.json` and `outputs.bin`.
        places: where the files are.

    Raises:
        ScoringError: the request or the reference is broken.
    """
    options = CasesOptions.model_validate(request.options)
    try:
        said = CaseSet.model_validate_json((places.inputs / CASES_FILE).read_bytes())
    except (OSError, ValidationError) as error:
        raise ScorerMisconfigured(f"{CASES_FILE}: {error}") from error
    with _mapped(places.inputs / OUTPUTS_FILE) as outputs:
        entries = [
            _checked(entry, said.checker, outputs, places.inputs / request.reference) for entry in said.cases
        ]
    if not options.partial:
        entries = [entry.model_copy(update={"score": float(entry.score >= 1)}) for entry in entries]
    metrics: list[MetricValue] = []
    subtasks: list[SubtaskScore] = []
    for split in SPLITS[1:]:  # samples are shown, and give nothing
        mine = [entry for entry in entries if entry.split == split]
        metrics += _metrics(request, options, said.subtasks, mine, split)
        subtasks += _told_subtasks(said.subtasks, mine, split)
    return ScoringReport(
        status=ReportStatus.SCORED,
        metrics=tuple(metrics),
        cases=tuple(_case(entry, said.subtasks, options) for entry in _kept(entries)),
        subtasks=tuple(subtasks),
        n_rows=len(entries),
    )


@contextmanager
def _mapped(path: Path) -> Iterator[memoryview]:
    if path.stat().st_size == 0:
        yield memoryview(b"")
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        view = memoryview(mapped)
        try:
            yield view
        finally:
            view.release()


def _checked(entry: CaseEntry, checker: CheckerSpec, outputs: memoryview, reference: Path) -> CaseEntry:
    if entry.verdict is not None:
        return entry
    path = reference / f"{entry.name}.ans"
    try:
        right = path.read_bytes()
    except OSError as error:
        raise ReferenceBroken(f"{path}: {error}") from error
    with outputs[entry.offset : entry.offset + entry.n_bytes] as found:
        mismatch = find_mismatch(checker, found, right)
    if mismatch is None:
        return entry.model_copy(update={"verdict": CaseVerdict.AC, "score": 1.0})
    message = Message(code="case-wrong")
    if entry.split == "sample":  # of a hidden case the place of the first difference would tell of the answer
        message = Message(code=f"case-wrong-{mismatch.unit}", params={"number": mismatch.number})
    return entry.model_copy(update={"verdict": CaseVerdict.WA, "message": message})


def _metrics(
    request: ScoringRequest,
    options: CasesOptions,
    subtasks: Sequence[SubtaskSpec],
    entries: Sequence[CaseEntry],
    split: Split,
) -> list[MetricValue]:
    if not entries:
        return []
    scores = {entry.name: entry.score for entry in entries}
    weights = {name: options.weights.get(name, 1.0) for name in scores}
    by_subtask = _subtask_scores(subtasks, scores)
    weighted = sum(scores[name] * weight for name, weight in weights.items()) / sum(weights.values())
    values = {
        "cases_passed": sum(score >= 1 for score in scores.values()) / len(scores),
        "cases_mean": sum(scores.values()) / len(scores),
        "cases_sum": sum(scores.values()),
        "cases_min": min(scores.values()),
        "cases_weighted": weighted,
        "points": sum(scores.values())
        if not subtasks
        else sum(one.points * by_subtask.get(one.name, 0.0) for one in subtasks),
        **{f"subtask_{name}": score for name, score in by_subtask.items()},
    }
    known = {*values, *(f"subtask_{one.name}" for one in subtasks)}
    if unknown := [metric.name for metric in request.metrics if metric.name not in known]:
        raise ScorerMisconfigured(f"scorer cases has no metrics {unknown}; it has {sorted(known)}")
    means = {
        "cases_passed": ([float(score >= 1) for score in scores.values()], None),
        "cases_mean": (list(scores.values()), None),
        "cases_weighted": (list(scores.values()), list(weights.values())),
    }
    found = []
    for metric in request.metrics:
        value = MetricValue(
            key=metric.key,
            split=split,
            value=values.get(metric.name),
            higher_is_better=True,
            reason="" if metric.name in values else "empty",
        )
        is_mean = metric.name in means
        found.append(with_mean_interval(value, request, *means[metric.name]) if is_mean else value)
    return found


def _subtask_scores(subtasks: Sequence[SubtaskSpec], scores: Mapping[str, float]) -> dict[str, float]:
    """Return the score of each subtask that has cases here; it gives nothing before those it comes after."""
    found: dict[str, float] = {}
    for subtask in subtasks:
        mine = [scores[name] for name in subtask.cases if name in scores]
        if not mine:
            continue
        if any(found.get(name, 1.0) < 1 for name in subtask.after):
            found[subtask.name] = 0.0
        elif subtask.aggregate == "min":
            found[subtask.name] = min(mine)
        else:
            found[subtask.name] = sum(mine) / len(mine) if subtask.aggregate == "mean" else sum(mine)
    return found


def _told_subtasks(
    subtasks: Sequence[SubtaskSpec], entries: Sequence[CaseEntry], split: Split
) -> Iterator[SubtaskScore]:
    """Yield what each subtask that has cases in `split` gave there."""
    scores = {entry.name: entry.score for entry in entries}
    by_subtask = _subtask_scores(subtasks, scores)
    for subtask in subtasks:
        if subtask.name in by_subtask:
            mine = [scores[name] for name in subtask.cases if name in scores]
            yield SubtaskScore(
                name=subtask.name,
                title=subtask.titles,
                split=split,
                points=subtask.points * by_subtask[subtask.name],
                max_points=subtask.points * (len(mine) if subtask.aggregate == "sum" else 1),
                n_passed=sum(score >= 1 for score in mine),
                n_cases=len(mine),
            )


def _kept(entries: Sequence[CaseEntry]) -> list[CaseEntry]:
    """Return as many cases as a report may hold, those that failed before the others, in order."""
    if len(entries) <= MAX_CASES:
        return list(entries)
    order = sorted(range(len(entries)), key=lambda index: (entries[index].verdict is CaseVerdict.AC, index))
    return [entries[index] for index in sorted(order[:MAX_CASES])]


def _case(entry: CaseEntry, subtasks: Sequence[SubtaskSpec], options: CasesOptions) -> Case:
    return Case(
        name=entry.name[:100],
        title=entry.title,
        split=entry.split,
        verdict=entry.verdict or CaseVerdict.WA,
        score=entry.score,
        weight=options.weights.get(entry.name, 1.0),
        wall_time_s=entry.wall_time_s,
        message=entry.message,
        subtask=next((one.name for one in subtasks if entry.name in one.cases), ""),
    )
