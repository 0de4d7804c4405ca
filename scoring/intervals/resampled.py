"""Metrics that no sums give: computed anew on rows, groups or records drawn with replacement.

That costs as many evaluations as there are replicates, so it is done on a part of bounded size, the same for
every submission, and for the primary metric alone. Where the part is not the whole, deviations are scaled by
sqrt(part / whole): the m out of n bootstrap (Bickel, Götze and van Zwet 1997).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scoring.catalogue import Params
from scoring.catalogue.metric import Metric, Wants
from scoring.intervals.resampling import Resampling
from scoring.metrics.base import Array, MetricInputs, RecordInputs
from scoring.registry import Evaluation, evaluate, evaluate_records

MAX_ROWS = 2000
MAX_RECORDS_ALONE = 1000  # of which each is evaluated by itself, once
MAX_RECORDS = 200  # evaluated together in every replicate
_GROUPED = (Wants.GROUPED, Wants.GROUPED_VALUES, Wants.TRIALS)
# Means over records, of functions of one record.
_MEANS = frozenset(
    {
        "text:exact_match",
        "text:squad",
        "text:rouge",
        "text:levenshtein",
        "text:levenshtein_similarity",
        "text:word_jaccard",
        "ranking:ndcg",
        "ranking:mrr",
        "ranking:measured",
        "code:pass_at_k",
    }
)
_TOGETHER = frozenset({"text:error_rate", "entities:entities", "entities:tags"})


@dataclass(frozen=True, slots=True)
class _Units:
    """What is drawn: single rows, where `rows` is None, or groups of them."""

    n_units: int
    rows: Sequence[Array] | None = None

    def take(self, drawn: Array) -> tuple[Array, Array]:
        """Return the rows of what was drawn, and to which draw each belongs."""
        if self.rows is None:
            return drawn, drawn
        chosen = [self.rows[unit] for unit in drawn]
        groups = np.repeat(np.arange(len(chosen)), [rows.size for rows in chosen])
        return np.concatenate(chosen), groups


def _units(metric: Metric, arrays: MetricInputs) -> _Units:
    if metric.wants not in _GROUPED or arrays.groups is None:
        return _Units(arrays.y_true.shape[0])
    _, codes = np.unique(arrays.groups, return_inverse=True)
    order = np.argsort(codes, kind="stable")
    rows = np.split(order, np.cumsum(np.bincount(codes))[:-1])
    return _Units(len(rows), rows)


def _taken(arrays: MetricInputs, rows: Array, groups: Array) -> MetricInputs:
    return MetricInputs(
        y_true=arrays.y_true[rows],
        y_pred=None if arrays.y_pred is None else arrays.y_pred[rows],
        y_score=None if arrays.y_score is None else arrays.y_score[rows],
        groups=None if arrays.groups is None else groups,
        n_classes=arrays.n_classes,
    )


def _drawn_from(
    n_units: int, n_part: int, drawn: Resampling, value: float, evaluated: Callable[[Array], Evaluation]
) -> Array:
    rng = np.random.default_rng((*drawn.seed, 1))
    part = np.arange(n_units) if n_part >= n_units else rng.permutation(n_units)[:n_part]
    base = value if n_part >= n_units else evaluated(part).value
    if base is None:
        return np.full(drawn.n_replicates, np.nan)
    draws = rng.integers(0, part.size, size=(drawn.n_replicates, part.size))
    found = [evaluated(part[draw]).value for draw in draws]
    values = np.array([np.nan if one is None else one for one in found])
    return np.asarray(value + np.sqrt(part.size / n_units) * (values - base))


def of_arrays(metric: Metric, arrays: MetricInputs, params: Params, drawn: Resampling, value: float) -> Array:
    """Return the replicates of any metric of arrays, float array of shape (n_replicates,).

    Args:
        metric: which.
        arrays: as handed to `scoring.registry.evaluate`.
        params: of the metric.
        drawn: tells how many, and the seed.
        value: of the metric on all rows.

    Returns:
        NaN where a replicate is undefined.
    """
    units = _units(metric, arrays)
    n_units = units.n_units
    n_part = max(1, min(n_units, MAX_ROWS * n_units // arrays.y_true.shape[0]))

    def evaluated(chosen: Array) -> Evaluation:
        return evaluate(metric.name, _taken(arrays, *units.take(chosen)), params)

    return _drawn_from(n_units, n_part, drawn, value, evaluated)


def n_units_of(metric: Metric, arrays: MetricInputs) -> int:
    """Return how many units there are to draw from: rows, or groups of a metric of groups."""
    if metric.wants not in _GROUPED or arrays.groups is None:
        return int(arrays.y_true.shape[0])
    return int(np.unique(arrays.groups).size)


def is_affordable(metric: Metric) -> bool:
    """Return whether a metric of records can be computed often enough."""
    return metric.compute in _MEANS or metric.compute in _TOGETHER


def of_records(
    metric: Metric, records: RecordInputs, params: Params, drawn: Resampling, value: float
) -> Array:
    """Return the replicates of an affordable metric of records. See `of_arrays`."""
    n_records = len(records.truths)

    def evaluated(chosen: Array) -> Evaluation:
        truths = [records.truths[at] for at in chosen]
        answers = [records.predictions[at] for at in chosen]
        return evaluate_records(metric.name, RecordInputs(records.kind, truths, answers), params)

    if metric.compute in _TOGETHER:
        return _drawn_from(n_records, min(n_records, MAX_RECORDS), drawn, value, evaluated)
    memo: Mapping[int, float] = {
        int(at): _or_zero(evaluated(np.array([at])).value)
        for at in _part(n_records, MAX_RECORDS_ALONE, drawn)
    }
    known = np.array(list(memo.values()))
    rng = np.random.default_rng((*drawn.seed, 1))
    draws = rng.integers(0, known.size, size=(drawn.n_replicates, known.size))
    deviations = known[draws].mean(axis=1) - known.mean()
    return np.asarray(value + np.sqrt(known.size / n_records) * deviations)


def _part(n_units: int, n_part: int, drawn: Resampling) -> Array:
    if n_units <= n_part:
        return np.arange(n_units)
    return np.random.default_rng((*drawn.seed, 2)).permutation(n_units)[:n_part]


def _or_zero(value: float | None) -> float:
    """Return the value of one record; what is undefined alone, such as a query without answers, adds 0."""
    return 0.0 if value is None else value
