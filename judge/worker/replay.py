"""Judges again from what is stored, and says whether it comes out the same. Nothing is written."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isclose
from pathlib import Path
from typing import Any

from judge.services.results import JudgementResult
from judge.worker.bench import Bench, SandboxSource
from judge.worker.evaluate import evaluate
from judge.worker.steps.prepare import Prepared
from problems.schema import Scoring
from scoring.catalogue import find_metric
from scoring.errors import ScorerMisconfigured

# What depends on how busy the machine is; never the same twice.
TIME_UNITS = frozenset({"ms", "s", "1/s"})


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that did not come out the same.

    Attributes:
        what: `verdict`, or the key of a metric.
        split: of the metric, "" for the verdict.
        was, now: as on record, and this time.
    """

    what: str
    split: str
    was: object
    now: object


@dataclass(frozen=True, slots=True)
class Replay:
    """How judging again went.

    Attributes:
        result: of this time.
        n_compared: values that were compared, the verdict among them.
        differences: of verdict and metrics; empty when it came out the same.
        timed: keys of metrics that were left out because they measure time.
    """

    result: JudgementResult
    n_compared: int
    differences: tuple[Difference, ...]
    timed: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Whether verdict and all compared metrics came out the same."""
        return not self.differences


def replay(
    prepared: Prepared,
    statement: Mapping[str, Any],
    opened: Mapping[str, Mapping[str, Any]],
    source: SandboxSource,
    folder: Path,
    *,
    tolerance: float = 1e-9,
) -> Replay:
    """Judge again and compare.

    Args:
        prepared: of the judgement.
        statement: of its verified receipt.
        opened: split → scores on record; splits that are not opened are not compared.
        source: lends sandboxes.
        folder: private and empty.
        tolerance: relative; sums over floats may differ in the last digits between processors.

    Raises:
        ScorerFault: the scorer is at fault.
        SandboxError: the machines are at fault.
    """
    result = evaluate(prepared.material, Bench(source), folder, on_state=lambda _state: None)
    timed = timed_keys(prepared.material.spec.scoring)
    now = {(str(metric.split), metric.key): metric.value for metric in result.metrics}
    differences, n_compared = [], 1
    verdict = statement["judgement"]["verdict"]
    if verdict != result.verdict.value:
        differences.append(Difference("verdict", "", verdict, result.verdict.value))
    for split, key, was in _values(opened):
        if key in timed:
            continue
        n_compared += 1
        found = now.get((split, key))
        if not _is_close(was, found, tolerance):
            differences.append(Difference(key, split, was, found))
    return Replay(result, n_compared, tuple(differences), tuple(sorted(timed)))


def timed_keys(scoring: Scoring) -> frozenset[str]:
    """Return the keys of a problem's metrics that measure time, derived ones included."""
    timed = {metric.key for metric in scoring.metrics if _is_timed(metric.name, scoring.scorer)}
    for derived in scoring.derived:
        names = {node.id for node in ast.walk(ast.parse(derived.formula)) if isinstance(node, ast.Name)}
        if names & timed:
            timed.add(derived.key)
    return frozenset(timed)


def changed_surroundings(was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[object, object]]:
    """Return what is not as it was where the result was made: name → (then, now).

    Args:
        was: `made_by` of the receipt.
        now: `judge.worker.receipts.surroundings` of this time.
    """
    return {name: (was.get(name), value) for name, value in now.items() if was.get(name) != value}


def _is_timed(name: str, scorer: str) -> bool:
    try:
        return find_metric(name, scorer).unit in TIME_UNITS
    except ScorerMisconfigured:
        return False  # the organizer's own: nothing is known of it


def _values(opened: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, float | None]]:
    for split, part in opened.items():
        for metric in part["metrics"]:
            yield split, metric["key"], metric["value"]


def _is_close(was: float | None, now: float | None, tolerance: float) -> bool:
    if was is None or now is None:
        return was is now
    return isclose(was, now, rel_tol=tolerance, abs_tol=0.0)
