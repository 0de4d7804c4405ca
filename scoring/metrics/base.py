"""What a metric is, and the preconditions that make a degenerate input *undefined* instead of NaN.

Libraries answer degenerate input in every possible way: exceptions, warnings, NaN, 0.0, 1.0. Here
each metric states what it needs; `scoring.registry.evaluate` checks that first and returns a reason,
so a library is only ever called on input for which its answer means something.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

MAX_ROWS_WHOLE = 1_000_000  # above this, what can be computed in parts is computed in parts
PART_ROWS = 262_144  # of which each has about this many rows: the libraries copy their input several times


class Family(StrEnum):
    """Where a metric stands in the documentation."""

    CLASSIFICATION = "classification"
    PROBABILISTIC = "probabilistic"
    REGRESSION = "regression"
    RANKING = "ranking"
    RESOURCE = "resource"


class Wants(StrEnum):
    """Which arrays a metric is computed from, besides `y_true`."""

    LABELS = "labels"  # y_pred: class codes
    SCORES = "scores"  # y_score: (n,) for binary, (n, n_classes) otherwise
    VALUES = "values"  # y_score: (n,) real predictions
    GROUPED = "grouped"  # y_score: (n,), and the query of each row
    MEASURED = "measured"  # no arrays: the runner measured it


class Need(StrEnum):
    """A precondition; the value is the reason reported when it does not hold."""

    TWO_CLASSES = "single-class"
    ALL_CLASSES = "class-absent"
    PROBABILITY = "not-a-probability"
    ROWS_SUM_TO_ONE = "rows-do-not-sum-to-one"
    VARYING_TRUE = "constant-target"
    VARYING_PRED = "constant-prediction"
    NON_NEGATIVE = "negative-value"
    NON_NEGATIVE_TRUE = "negative-target"
    NON_ZERO_TRUE = "zero-target"
    ANY_RELEVANT = "nothing-relevant"


EMPTY = "empty"
NON_FINITE_INPUT = "non-finite-input"
NON_FINITE_RESULT = "non-finite-result"
UNKNOWN_CLASS = "unknown-class"
NOT_MEASURED = "not-measured"


@dataclass(frozen=True, slots=True)
class MetricInputs:
    """Aligned arrays of one split.

    Attributes:
        y_true: shape (n_samples,); int class codes in [0, n_classes), or real targets.
        y_pred: int array of shape (n_samples,), class codes; None if only scores were handed in.
        y_score: float array of shape (n_samples,) (probability of class 1, or a real prediction)
            or (n_samples, n_classes); None if only labels were handed in.
        groups: int array of shape (n_samples,), the query each row belongs to; None if ungrouped.
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
class Metric:
    """One named pure function with its documentation.

    Attributes:
        name: key in the registry.
        family, wants: see the enumerations.
        higher_is_better: direction.
        bounds: lowest and highest value possible; infinite where unbounded.
        formula, source: what is computed and where that is defined.
        needs: preconditions; when one fails the metric is undefined with that reason.
        is_row_mean: the value is a mean over rows, so large inputs are computed in parts.
        binary_only: refuses a score matrix or more than two classes (a mistake of the organizer).
        compute: takes `MetricInputs` and keyword parameters; None for measured metrics.
        on_single_class: documented value when `y_true` has one class and no need forbids it.
    """

    name: str
    family: Family
    wants: Wants
    higher_is_better: bool
    bounds: tuple[float, float]
    formula: str
    source: str
    compute: Callable[..., float] | None = None
    needs: tuple[Need, ...] = ()
    is_row_mean: bool = False
    binary_only: bool = False
    on_single_class: str = "computed as usual"

    @property
    def degenerate(self) -> Mapping[str, str]:
        """Return what comes out for each kind of degenerate input, in words."""

        def outcome(need: Need, otherwise: str) -> str:
            return f"undefined ({need.value})" if need in self.needs else otherwise

        return {
            "empty": f"undefined ({EMPTY})",
            "nan": f"undefined ({NON_FINITE_INPUT})",
            "infinite": f"undefined ({NON_FINITE_INPUT})",
            "single class": outcome(Need.TWO_CLASSES, outcome(Need.ALL_CLASSES, self.on_single_class)),
            "constant target": outcome(Need.VARYING_TRUE, self.on_single_class),
            "constant prediction": outcome(Need.VARYING_PRED, "computed as usual"),
        }


def _is_constant(values: Array) -> bool:
    return bool(values.min() == values.max())


def _holds(need: Need, arrays: MetricInputs, prediction: Array) -> bool:
    y_true = arrays.y_true
    checks: dict[Need, Callable[[], bool]] = {
        Need.TWO_CLASSES: lambda: not _is_constant(y_true),
        Need.ALL_CLASSES: lambda: np.unique(y_true).size == arrays.n_classes,
        Need.PROBABILITY: lambda: bool(prediction.min() >= 0 and prediction.max() <= 1),
        Need.ROWS_SUM_TO_ONE: lambda: (
            prediction.ndim == 1 or bool(np.abs(prediction.sum(axis=1) - 1).max() <= 1e-4)
        ),
        Need.VARYING_TRUE: lambda: not _is_constant(y_true),
        Need.VARYING_PRED: lambda: not _is_constant(prediction),
        Need.NON_NEGATIVE: lambda: bool(y_true.min() >= 0 and prediction.min() >= 0),
        Need.NON_NEGATIVE_TRUE: lambda: bool(y_true.min() >= 0),
        Need.NON_ZERO_TRUE: lambda: bool(np.all(y_true != 0)),
        Need.ANY_RELEVANT: lambda: bool(np.any(y_true > 0)),
    }
    return checks[need]()


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
    if metric.wants is Wants.LABELS and not (prediction.min() >= 0 and prediction.max() < arrays.n_classes):
        return UNKNOWN_CLASS
    for need in metric.needs:
        if not _holds(need, arrays, prediction):
            return need.value
    return ""
