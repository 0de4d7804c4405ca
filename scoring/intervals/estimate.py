"""From a metric's value to its interval: which estimator serves which metric, and what has none."""

from dataclasses import dataclass

import numpy as np

from scoring.catalogue import Params, find_metric
from scoring.catalogue.metric import Metric, Wants
from scoring.contract import BootstrapRequest, MetricValue, NoInterval
from scoring.intervals import resampled
from scoring.intervals.curves import areas, average_precisions
from scoring.intervals.resampling import Resampling
from scoring.intervals.rows import ROW_VALUES
from scoring.intervals.summary import MIN_UNITS, summarised
from scoring.intervals.sums import CONFUSIONS, MOMENTS, confusions, row_means
from scoring.metrics.base import Array, MetricInputs, RecordInputs
from scoring.registry import keywords_of, select

# The largest of all values has no bootstrap distribution to speak of (Bickel and Freedman 1981).
_EXTREMES = frozenset({"max_error", "mce", "nrmse"})


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """What intervals of one split are made with.

    Attributes:
        asked: by the judge.
        drawn: the weights.
    """

    asked: BootstrapRequest
    drawn: Resampling


def _summed(metric: Metric, arrays: MetricInputs, params: Params, drawn: Resampling) -> Array | None:
    """Return the replicates of a metric that is a function of sums; None for others."""
    module, _, function = metric.compute.partition(":")
    selected, _ = select(metric, arrays, params)
    keywords = keywords_of(metric, params)
    if metric.name in ROW_VALUES:
        return row_means(metric.name, selected, drawn, keywords)
    if metric.name in MOMENTS:
        return MOMENTS[metric.name](selected, drawn)
    if module == "classification" and function in CONFUSIONS:
        counts = confusions(selected, drawn)
        return None if counts is None else CONFUSIONS[function](counts, keywords)
    return None


def _of_curve(metric: Metric, arrays: MetricInputs, drawn: Resampling, value: float) -> Array | None:
    """Return the replicates of an area under a curve of one column of scores; None for others."""
    y_true, y_score = arrays.y_true, arrays.y_score
    if y_score is None or y_score.ndim > 1:
        return None
    if metric.name in ("roc_auc", "roc_auc_ovr"):
        return areas(y_true, y_score, drawn, value)
    if metric.name == "gini_normalized":
        return 2 * areas(y_true, y_score, drawn, (value + 1) / 2) - 1
    if metric.name == "average_precision" and drawn.is_plain:
        return average_precisions(y_true, y_score, drawn.weights)
    return None


def _of_arrays(
    metric: Metric, arrays: MetricInputs, params: Params, drawn: Resampling, value: float, *, is_asked: bool
) -> Array | NoInterval:
    if metric.name in _EXTREMES:
        return NoInterval.EXTREME
    if resampled.n_units_of(metric, arrays) < MIN_UNITS:
        return NoInterval.FEW
    found = _summed(metric, arrays, params, drawn)
    if found is None:
        found = _of_curve(metric, arrays, drawn, value)
    if found is None and not is_asked:
        return NoInterval.SECONDARY
    return resampled.of_arrays(metric, arrays, params, drawn, value) if found is None else found


def _of_records(
    metric: Metric, records: RecordInputs, params: Params, drawn: Resampling, value: float, *, is_asked: bool
) -> Array | NoInterval:
    if len(records.truths) < MIN_UNITS:
        return NoInterval.FEW
    if not resampled.is_affordable(metric):
        return NoInterval.COSTLY
    if not is_asked:
        return NoInterval.SECONDARY
    return resampled.of_records(metric, records, params, drawn, value)


def with_interval(
    found: MetricValue,
    name: str,
    inputs: MetricInputs | RecordInputs,
    params: Params,
    bootstrap: Bootstrap | None,
) -> MetricValue:
    """Return a metric's value with its interval, or with the reason why it has none.

    Args:
        found: the value.
        name: of the metric.
        inputs: it was computed from.
        params: of the metric.
        bootstrap: how; None where nothing was asked for.
    """
    if bootstrap is None or found.value is None:
        return found
    metric, drawn, is_asked = (
        find_metric(name),
        bootstrap.drawn,
        found.key in bootstrap.asked.keys_of_replicates,
    )
    if metric.wants is Wants.MEASURED:
        return found.model_copy(update={"no_interval": NoInterval.MEASURED})
    with np.errstate(all="ignore"):
        replicates = (
            _of_arrays(metric, inputs, params, drawn, found.value, is_asked=is_asked)
            if isinstance(inputs, MetricInputs)
            else _of_records(metric, inputs, params, drawn, found.value, is_asked=is_asked)
        )
    listed = replicates if isinstance(replicates, NoInterval) else replicates.tolist()
    return summarised(found, listed, bootstrap.asked, bounds=metric.bounds)
