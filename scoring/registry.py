"""The metrics a problem may name, and the one way to compute them.

`evaluate` never raises on account of the data and never returns NaN or infinity: a metric that is
undefined for an input comes back as None with a reason. It does raise `ScorerMisconfigured` when the
organizer asked for something impossible.
"""

import inspect
import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scoring.errors import ScorerMisconfigured
from scoring.metrics import classification, probabilistic, ranking, regression, resource
from scoring.metrics.base import (
    MAX_ROWS_WHOLE,
    NON_FINITE_RESULT,
    PART_ROWS,
    Array,
    Metric,
    MetricInputs,
    Wants,
    find_reason,
)

Params = Mapping[str, int | float | str | bool]

_REGISTRY: dict[str, Metric] = {
    metric.name: metric
    for family in (classification, probabilistic, regression, ranking, resource)
    for metric in family.METRICS
}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A finite value, or None and the reason why there is none."""

    value: float | None
    reason: str = ""


def list_metrics() -> tuple[Metric, ...]:
    """Return every metric, for documentation, ordered by family and name."""
    return tuple(sorted(_REGISTRY.values(), key=lambda metric: (metric.family, metric.name)))


def get_metric(name: str) -> Metric:
    """Return the metric called `name`.

    Raises:
        ScorerMisconfigured: there is none.
    """
    try:
        return _REGISTRY[name]
    except KeyError:
        raise ScorerMisconfigured(f"unknown metric {name!r}; known: {', '.join(sorted(_REGISTRY))}") from None


def check_params(metric: Metric, params: Params) -> None:
    """Check that `params` are parameters of `metric`, of the right type.

    Raises:
        ScorerMisconfigured: an unknown parameter, or a wrong type.
    """
    known = {
        parameter.name: parameter.annotation
        for parameter in (inspect.signature(metric.compute).parameters if metric.compute else {}).values()
        if parameter.kind is parameter.KEYWORD_ONLY
        and not (metric.compute and parameter.name in getattr(metric.compute, "keywords", {}))
    }
    for name, value in params.items():
        if name == "threshold" and metric.wants is Wants.LABELS:
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ScorerMisconfigured(f"metric {metric.name}: threshold must be a number")
        elif name not in known:
            raise ScorerMisconfigured(f"metric {metric.name} has no parameter {name!r}")
        elif type(value) is not known[name]:
            raise ScorerMisconfigured(f"metric {metric.name}: {name} must be {known[name].__name__}")


def _as_labels(arrays: MetricInputs, threshold: float) -> Array | None:
    """Return class codes: as handed in, or from scores by threshold (binary) or the highest score."""
    if arrays.y_pred is not None or arrays.y_score is None:
        return arrays.y_pred
    if arrays.y_score.ndim == 1:
        return (arrays.y_score >= threshold).astype(np.int8)
    if arrays.y_score.shape[0] == 0:
        return np.zeros(0, dtype=np.int64)
    labels: Array = np.argmax(arrays.y_score, axis=1)
    return labels


def _select(metric: Metric, arrays: MetricInputs, params: Params) -> tuple[MetricInputs, Array]:
    """Return the arrays with what the metric reads in place, and that array itself."""
    if metric.wants is Wants.LABELS:
        # A NaN score would silently become a class, so non-finite scores stay visible as scores.
        if arrays.y_pred is None and arrays.y_score is not None and not np.isfinite(arrays.y_score).all():
            return arrays, arrays.y_score
        prediction = _as_labels(arrays, float(params.get("threshold", 0.5)))
        arrays = MetricInputs(arrays.y_true, prediction, arrays.y_score, arrays.groups, arrays.n_classes)
    else:
        prediction = arrays.y_score
    if prediction is None:
        raise ScorerMisconfigured(f"metric {metric.name} needs {metric.wants}, which this scorer lacks")
    if prediction.shape[0] != arrays.y_true.shape[0]:
        raise ScorerMisconfigured(f"metric {metric.name}: {prediction.shape} against {arrays.y_true.shape}")
    is_matrix = prediction.ndim > 1
    if (metric.binary_only and (is_matrix or arrays.n_classes != 2)) or (
        is_matrix and metric.wants in (Wants.VALUES, Wants.GROUPED)
    ):
        raise ScorerMisconfigured(f"metric {metric.name} is for one column of predictions")
    return arrays, prediction


def _compute(metric: Metric, arrays: MetricInputs, params: Params) -> float:
    if metric.compute is None:
        raise ScorerMisconfigured(f"metric {metric.name} is measured, not computed")
    keywords = {name: value for name, value in params.items() if name != "threshold"}
    n_rows = arrays.y_true.shape[0]
    if not metric.is_row_mean or n_rows <= MAX_ROWS_WHOLE:
        return metric.compute(arrays, **keywords)
    total = 0.0
    for start in range(0, n_rows, PART_ROWS):
        part = arrays.part(slice(start, start + PART_ROWS))
        total += metric.compute(part, **keywords) * part.y_true.shape[0]
    return float(total / n_rows)


def evaluate(name: str, arrays: MetricInputs, params: Params | None = None) -> Evaluation:
    """Compute one metric on aligned arrays.

    Args:
        name: key of the registry.
        arrays: what was predicted and what is true.
        params: keyword parameters of the metric; class metrics computed from binary scores also
            take `threshold` (default 0.5: class 1 from there on).

    Raises:
        ScorerMisconfigured: unknown metric or parameter, or arrays of the wrong kind for it.
    """
    metric = get_metric(name)
    params = params or {}
    check_params(metric, params)
    arrays, prediction = _select(metric, arrays, params)
    reason = find_reason(metric, arrays, prediction)
    if reason:
        return Evaluation(None, reason)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # What the libraries warn about is either a documented convention or ends as non-finite below.
        warnings.simplefilter("ignore")
        value = _compute(metric, arrays, params)
    if not math.isfinite(value):
        return Evaluation(None, NON_FINITE_RESULT)
    return Evaluation(value)
