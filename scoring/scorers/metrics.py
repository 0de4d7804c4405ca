"""From aligned arrays to metric values, split by split; shared by the scorers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from scoring.catalogue import find_metric
from scoring.catalogue.metric import Wants
from scoring.contract import MetricRequest, MetricValue, ScoringRequest, Split
from scoring.intervals.estimate import Bootstrap, with_interval
from scoring.intervals.resampling import draw
from scoring.metrics.base import Array, MetricInputs
from scoring.reference_splits import SPLITS
from scoring.registry import Evaluation, evaluate
from scoring.sketch import of_columns


@dataclass(frozen=True, slots=True)
class Prediction:
    """What was handed in, in the reference's order; see `MetricInputs` for shapes."""

    y_pred: Array | None
    y_score: Array | None


def splits_present(split: Array) -> Iterator[tuple[Split, Array | slice]]:
    """Yield each split that has rows, with what selects them.

    Args:
        split: int8 array of shape (n_samples,), index into `SPLITS`.
    """
    for code, name in enumerate(SPLITS):
        rows = split == code
        if rows.all() and rows.size:
            yield name, slice(None)  # a view, not a copy
        elif rows.any():
            yield name, rows


def computed(
    *,
    request: ScoringRequest,
    split: Split,
    prediction: Prediction,
    y_true: Array,
    groups: Array | None = None,
    n_classes: int,
) -> list[MetricValue]:
    """Return the values of all metrics that are computed from arrays, for rows of one split."""
    arrays = MetricInputs(
        y_true=y_true,
        y_pred=prediction.y_pred,
        y_score=prediction.y_score,
        groups=groups,
        n_classes=n_classes,
    )
    bootstrap = bootstrap_of(request, split, y_true.shape[0])
    values = []
    for one in request.metrics:
        if find_metric(one.name).wants is not Wants.MEASURED:
            found = metric_value(one, evaluate(one.name, arrays, one.params))
            values.append(with_interval(found, one.name, arrays, one.params, bootstrap))
    return in_split(values, split)


def bootstrap_of(request: ScoringRequest, split: Split, n_rows: int) -> Bootstrap | None:
    """Return what intervals of a split are made with; None where none are asked for."""
    asked = request.bootstrap
    if asked is None or n_rows == 0:
        return None
    return Bootstrap(asked, draw(n_rows, n_replicates=asked.n_replicates, seed=request.seed, split=split))


def sketched(request: ScoringRequest, prediction: Prediction) -> str:
    """Return the sketch of predictions in the reference's order; "" where none is asked for."""
    values = prediction.y_pred if prediction.y_score is None else prediction.y_score
    return of_columns(values, request.seed) if request.has_sketch and values is not None else ""


def metric_value(request: MetricRequest, evaluation: Evaluation) -> MetricValue:
    """Return what a report says of an evaluation, marked as of split `public`; see `in_split`."""
    return MetricValue(
        key=request.key,
        split="public",
        value=evaluation.value,
        higher_is_better=find_metric(request.name).higher_is_better,
        reason=evaluation.reason,
    )


def in_split(values: Iterable[MetricValue], split: Split) -> list[MetricValue]:
    """Return the values marked as those of `split`."""
    return [value.model_copy(update={"split": split}) for value in values]


def pick(array: Array | None, rows: Array | slice) -> Array | None:
    """Return the rows of an array that may be absent."""
    return None if array is None else np.asarray(array[rows])
