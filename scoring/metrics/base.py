"""What a metric is computed from, and the preconditions that make degenerate input *undefined*, not NaN.

Libraries answer degenerate input in every possible way: exceptions, warnings, NaN, 0.0, 1.0. Here
each metric states what it needs; `scoring.registry.evaluate` checks that first and returns a reason,
so a library is only ever called on input for which its answer means something.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scoring.catalogue.metric import EMPTY, NON_FINITE_INPUT, UNKNOWN_CLASS, Metric, Need, Wants

Array = np.ndarray[Any, Any]

MAX_ROWS_WHOLE = 1_000_000  # above this, what can be computed in parts is computed in parts
PART_ROWS = 262_144  # of which each has about this many rows: the libraries copy their input several times


@dataclass(frozen=True, slots=True)
class MetricInputs:
    """Aligned arrays of one split.

    Attributes:
        y_true: shape (n_samples,); int class codes in [0, n_classes), or real targets. With several
            target columns shape (n_samples, n_columns); for survival the columns time and event, for
            subgroups the class and membership in each.
        y_pred: int array of shape (n_samples,), class codes, or (n_samples, n_columns) of 0 and 1; None if
            only scores were handed in.
        y_score: float array of shape (n_samples,) (probability of class 1, a real prediction, or a risk)
            or (n_samples, n_classes) or (n_samples, n_columns); None if only labels were handed in.
        groups: int array of shape (n_samples,), the query or task of each row; None if ungrouped.
        n_classes: number of classes; 2 also for real targets.
    """

    y_true: Array
    y_pred: Array | None = None
    y_score: Array | None = None
    groups: Array | None = None
    n_classes: int = 2

    def part(self, rows: slice) -> "MetricInputs":
        """Return the same arrays cut to `rows`, without copying."""
        return MetricInputs(
            y_true=self.y_true[rows],
            y_pred=None if self.y_pred is None else self.y_pred[rows],
            y_score=None if self.y_score is None else self.y_score[rows],
            groups=None if self.groups is None else self.groups[rows],
            n_classes=self.n_classes,
        )


@dataclass(frozen=True, slots=True)
class RecordInputs:
    """Aligned records of one split, of one kind: see `scoring.records` for the types of values.

    Attributes:
        kind: `text`, `texts`, `spans`, `tags`, `boxes`, `mask` or `ranking`.
        truths, predictions: one value for each record.
    """

    kind: str
    truths: Sequence[Any]
    predictions: Sequence[Any]


def _is_constant(values: Array) -> bool:
    return bool(np.any(values.min(axis=0) == values.max(axis=0)))


def _sums_to_one(values: Array) -> bool:
    return values.ndim == 1 or bool(np.abs(values.sum(axis=1) - 1).max() <= 1e-4)


def _holds(need: Need, arrays: MetricInputs, prediction: Array) -> bool:
    y_true = arrays.y_true
    checks: dict[Need, Callable[[], bool]] = {
        Need.TWO_CLASSES: lambda: not _is_constant(y_true),
        Need.ALL_CLASSES: lambda: np.unique(y_true).size == arrays.n_classes,
        Need.PROBABILITY: lambda: bool(prediction.min() >= 0 and prediction.max() <= 1),
        Need.ROWS_SUM_TO_ONE: lambda: _sums_to_one(prediction),
        Need.TRUE_ROWS_SUM_TO_ONE: lambda: _sums_to_one(y_true) and bool(y_true.min() >= 0),
        Need.VARYING_TRUE: lambda: not _is_constant(y_true),
        Need.VARYING_PRED: lambda: not _is_constant(prediction),
        Need.NON_NEGATIVE: lambda: bool(y_true.min() >= 0 and prediction.min() >= 0),
        Need.NON_NEGATIVE_TRUE: lambda: bool(y_true.min() >= 0),
        Need.POSITIVE: lambda: bool(y_true.min() > 0 and prediction.min() > 0),
        Need.POSITIVE_PRED: lambda: bool(prediction.min() > 0),
        Need.NON_ZERO_TRUE: lambda: bool(np.all(y_true != 0)),
        Need.SUBGROUP_CLASSES: lambda: _subgroups_have_both(y_true),
        Need.ANY_RELEVANT: lambda: bool(np.any(y_true > 0)),
        Need.ANY_EVENT: lambda: _has_comparable_pair(y_true),
    }
    return checks[need]()


def _subgroups_have_both(y_true: Array) -> bool:
    """Return whether there are both classes in each subgroup and in what is outside of it."""
    is_positive, members = y_true[:, :1] > 0, y_true[:, 1:] > 0
    cells = (members & is_positive, members & ~is_positive, ~members & is_positive, ~members & ~is_positive)
    return all(bool(cell.any(axis=0).all()) for cell in cells)


def _has_comparable_pair(y_true: Array) -> bool:
    """Return whether somebody outlived somebody whose event was seen."""
    seen = y_true[y_true[:, 1] > 0, 0]
    return bool(seen.size and seen.min() < y_true[:, 0].max())


def _is_finite(values: Array) -> bool:
    if values.dtype.kind not in "fc":
        return True
    # The sum is finite only if every element is; it may also overflow, hence the exact second look.
    with np.errstate(all="ignore"):
        total = values.sum()
    return bool(np.isfinite(total)) or bool(np.isfinite(values).all())


def find_reason(metric: Metric, arrays: MetricInputs, prediction: Array) -> str:
    """Return why `metric` is undefined for this input, or "" when it can be computed.

    Args:
        metric: what is to be computed.
        arrays: aligned arrays.
        prediction: the array of `arrays` that the metric reads beside `y_true`.
    """
    if arrays.y_true.shape[0] == 0:
        return EMPTY
    if not (_is_finite(arrays.y_true) and _is_finite(prediction)):
        return NON_FINITE_INPUT
    reads_codes = metric.wants in (Wants.LABELS, Wants.TRIALS, Wants.LABEL_COLUMNS)
    if reads_codes and not (prediction.min() >= 0 and prediction.max() < arrays.n_classes):
        return UNKNOWN_CLASS
    for need in metric.needs:
        if not _holds(need, arrays, prediction):
            return need.value
    return ""
