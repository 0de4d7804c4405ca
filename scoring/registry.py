"""The one way to compute a metric of the catalogue.

`evaluate` never raises on account of the data and never returns NaN or infinity: a metric that is
undefined for an input comes back as None with a reason. It does raise `ScorerMisconfigured` when the
organizer asked for something impossible. Only the libraries of the metrics that are asked for are loaded.
"""

import importlib
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from scoring.catalogue import Params, check_params, find_metric
from scoring.catalogue.fit import misfit
from scoring.catalogue.metric import EMPTY, NON_FINITE_RESULT, THRESHOLD, Metric, Need, Wants
from scoring.errors import ScorerMisconfigured
from scoring.metrics.base import (
    MAX_ROWS_WHOLE,
    PART_ROWS,
    Array,
    MetricInputs,
    RecordInputs,
    find_reason,
)

_MATRICES = (Wants.COLUMNS, Wants.LABEL_COLUMNS, Wants.SCORE_COLUMNS)
# Numbers of target columns and of predictions where they differ, and what they are.
_SHAPES = {
    Wants.TIMES: ((2,), 1, "the targets time and event, and one risk"),
    Wants.SUBGROUPS: (range(2, 1001), 1, "the targets class and subgroups, and one score"),
    Wants.SPREAD: ((1,), 2, "one target of target_columns, and the predictions value and spread"),
}
_CODES = (Wants.LABELS, Wants.TRIALS, Wants.LABEL_COLUMNS)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A finite value, or None and the reason why there is none."""

    value: float | None
    reason: str = ""


def _as_codes(arrays: MetricInputs, wants: Wants, threshold: float) -> Array | None:
    """Return class codes: as handed in, or from scores by threshold (binary) or the highest score."""
    if arrays.y_pred is not None or arrays.y_score is None:
        return arrays.y_pred
    if arrays.y_score.ndim == 1 or wants is Wants.LABEL_COLUMNS:
        return (arrays.y_score >= threshold).astype(np.int8)
    if arrays.y_score.shape[0] == 0:
        return np.zeros(0, dtype=np.int64)
    labels: Array = np.argmax(arrays.y_score, axis=1)
    return labels


def select(metric: Metric, arrays: MetricInputs, params: Params) -> tuple[MetricInputs, Array]:
    """Return the arrays with what the metric reads in place, and that array itself.

    Raises:
        ScorerMisconfigured: arrays of the wrong kind for it.
    """
    if metric.wants in _CODES:
        # A NaN score would silently become a class, so non-finite scores stay visible as scores.
        if arrays.y_pred is None and arrays.y_score is not None and not np.isfinite(arrays.y_score).all():
            return arrays, arrays.y_score
        threshold = float(params.get(THRESHOLD.name, THRESHOLD.default))
        prediction = _as_codes(arrays, metric.wants, threshold)
        arrays = replace(arrays, y_pred=prediction)
    else:
        prediction = arrays.y_score
    if prediction is None:
        raise ScorerMisconfigured(f"metric {metric.name} needs {metric.wants}, which this scorer lacks")
    _check_shapes(metric, arrays, prediction)
    return arrays, prediction


def _check_shapes(metric: Metric, arrays: MetricInputs, prediction: Array) -> None:
    y_true, is_matrix = arrays.y_true, prediction.ndim > 1
    if prediction.shape[0] != y_true.shape[0]:
        raise ScorerMisconfigured(f"metric {metric.name}: {prediction.shape} against {y_true.shape}")
    if metric.wants in _MATRICES:
        _check_columns(metric, y_true, prediction)
    elif metric.wants in _SHAPES:
        n_targets, n_predictions, words = _SHAPES[metric.wants]
        n_found = y_true.shape[1] if y_true.ndim > 1 else 0
        is_right = n_found in n_targets and n_predictions == (prediction.shape[1] if is_matrix else 1)
        if not is_right:
            raise ScorerMisconfigured(f"metric {metric.name} is for {words}")
    elif y_true.ndim > 1:
        raise ScorerMisconfigured(f"metric {metric.name} is for one target column")
    is_for_column = metric.wants in (Wants.VALUES, Wants.GROUPED, Wants.GROUPED_VALUES)
    if (metric.binary_only and (is_matrix or arrays.n_classes != 2)) or (is_matrix and is_for_column):
        raise ScorerMisconfigured(f"metric {metric.name} is for one column of predictions")


def _check_columns(metric: Metric, y_true: Array, prediction: Array) -> None:
    if prediction.shape != y_true.shape or prediction.ndim == 1:
        raise ScorerMisconfigured(f"metric {metric.name} is for as many columns as targets, two or more")
    if metric.n_columns not in (0, y_true.shape[1]):
        raise ScorerMisconfigured(f"metric {metric.name} is for {metric.n_columns} columns")


def _function(metric: Metric) -> Callable[..., float]:
    if not metric.compute:
        raise ScorerMisconfigured(f"metric {metric.name} is measured, not computed")
    module, _, name = metric.compute.partition(":")
    function: Callable[..., float] = getattr(importlib.import_module(f"scoring.metrics.{module}"), name)
    return function


def keywords_of(metric: Metric, params: Params) -> dict[str, object]:
    """Return what the metric's function is called with, given those that a problem sets."""
    own = {param.name: params.get(param.name, param.default) for param in metric.params}
    return {**metric.fixed, **own}


def _compute(metric: Metric, arrays: MetricInputs, params: Params) -> float:
    function, keywords = _function(metric), keywords_of(metric, params)
    n_rows = arrays.y_true.shape[0]
    if not metric.is_row_mean or n_rows <= MAX_ROWS_WHOLE:
        return function(arrays, **keywords)
    total = 0.0
    for start in range(0, n_rows, PART_ROWS):
        part = arrays.part(slice(start, start + PART_ROWS))
        total += function(part, **keywords) * part.y_true.shape[0]
    return float(total / n_rows)


def _evaluated(compute: Callable[[], float]) -> Evaluation:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # What the libraries warn about is either a documented convention or ends as non-finite below.
        warnings.simplefilter("ignore")
        value = compute()
    # Adding 0 makes 0 of -0, which people would read as something below it.
    return Evaluation(value + 0.0) if math.isfinite(value) else Evaluation(None, NON_FINITE_RESULT)


def evaluate(name: str, arrays: MetricInputs, params: Params | None = None) -> Evaluation:
    """Compute one metric on aligned arrays.

    Args:
        name: key of the catalogue.
        arrays: what was predicted and what is true.
        params: keyword parameters of the metric; class metrics computed from binary scores also
            take `threshold` (default 0.5: class 1 from there on).

    Raises:
        ScorerMisconfigured: unknown metric or parameter, or arrays of the wrong kind for it.
    """
    metric = find_metric(name)
    params = params or {}
    check_params(metric, params)
    arrays, prediction = select(metric, arrays, params)
    reason = find_reason(metric, arrays, prediction)
    if reason:
        return Evaluation(None, reason)
    return _evaluated(lambda: _compute(metric, arrays, params))


def evaluate_records(name: str, records: RecordInputs, params: Params | None = None) -> Evaluation:
    """Compute one metric on aligned records. See `evaluate`."""
    metric = find_metric(name)
    params = params or {}
    check_params(metric, params)
    if fault := misfit(metric, "records", {"kind": records.kind}):
        raise ScorerMisconfigured(fault)
    if not records.truths:
        return Evaluation(None, EMPTY)
    if records.kind == "ranking" and not any(
        grade > 0 for truth in records.truths for grade in truth.values()
    ):
        return Evaluation(None, Need.ANY_RELEVANT)
    if Need.ANY_TRUE_TEXT in metric.needs and not any(texts[0].strip() for texts in records.truths):
        return Evaluation(None, Need.ANY_TRUE_TEXT)
    return _evaluated(lambda: _function(metric)(records, **keywords_of(metric, params)))
