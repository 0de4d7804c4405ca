"""Metrics of predicted scores and probabilities, bound to scikit-learn and torchmetrics.

`y_true`: int array of shape (n_samples,), codes in [0, n_classes). `y_score`: float array of shape
(n_samples,), the score of class 1, or of shape (n_samples, n_classes).
"""

import numpy as np

from scoring.metrics.base import MAX_ROWS_WHOLE, PART_ROWS, Array, Family, Metric, MetricInputs, Need, Wants


def _scores(arrays: MetricInputs) -> Array:
    assert arrays.y_score is not None  # noqa: S101  # `Wants.SCORES`, checked by the registry
    return arrays.y_score


def _mann_whitney(y_true: Array, y_score: Array) -> float:
    """Return the area under the ROC curve as a rank sum, exactly, with one extra copy of the scores.

    scikit-learn's curve holds about ten arrays of the input's length at once, which at ten million
    rows is over half a gigabyte; this holds one. Same number: AUC = P(s+ > s-) + P(s+ = s-) / 2.
    """
    positive = y_score[y_true == 1]
    negative = y_score[y_true == 0]
    positive.sort()
    negative.sort()
    doubled_wins = 0
    for start in range(0, positive.size, PART_ROWS):
        part = positive[start : start + PART_ROWS]
        doubled_wins += int(np.searchsorted(negative, part, side="left").sum())
        doubled_wins += int(np.searchsorted(negative, part, side="right").sum())
    return doubled_wins / (2 * int(positive.size) * int(negative.size))


def roc_auc(arrays: MetricInputs) -> float:
    """Return the area under the ROC curve of class 1."""
    y_score = _scores(arrays)
    if y_score.size > MAX_ROWS_WHOLE:
        return _mann_whitney(arrays.y_true, y_score)
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(arrays.y_true, y_score))


def roc_auc_ovr(arrays: MetricInputs) -> float:
    """Return the mean over classes of the area under the one-versus-rest ROC curve."""
    y_score = _scores(arrays)
    if y_score.ndim == 1:
        return roc_auc(arrays)
    from sklearn.metrics import roc_auc_score

    # Averaged here: sklearn's multiclass form insists on rows that sum to one, which AUC never needs.
    areas = [roc_auc_score(arrays.y_true == c, y_score[:, c]) for c in range(arrays.n_classes)]
    return float(np.mean(areas))


def average_precision(arrays: MetricInputs) -> float:
    """Return the area under the precision-recall curve of class 1, without interpolation."""
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(arrays.y_true, _scores(arrays)))


def log_loss(arrays: MetricInputs) -> float:
    """Return the mean negative log-likelihood of the true classes."""
    from sklearn.metrics import log_loss as sklearn_log_loss

    return float(sklearn_log_loss(arrays.y_true, _scores(arrays), labels=np.arange(arrays.n_classes)))


def brier(arrays: MetricInputs) -> float:
    """Return Brier's score: mean squared distance of the probabilities from the truth."""
    from sklearn.metrics import brier_score_loss

    y_score = _scores(arrays)
    if y_score.ndim == 1:
        return float(brier_score_loss(arrays.y_true, y_score, labels=[0, 1], pos_label=1))
    return float(brier_score_loss(arrays.y_true, y_score, labels=np.arange(arrays.n_classes)))


def ece(arrays: MetricInputs, *, n_bins: int = 15) -> float:
    """Return the expected calibration error over `n_bins` equal bins of confidence."""
    import torch
    from torchmetrics.functional.classification import (
        binary_calibration_error,
        multiclass_calibration_error,
    )

    y_true = torch.as_tensor(np.ascontiguousarray(arrays.y_true, dtype=np.int64))
    y_score = torch.as_tensor(np.ascontiguousarray(_scores(arrays), dtype=np.float64))
    if y_score.ndim == 1:
        return float(binary_calibration_error(y_score, y_true, n_bins=n_bins))
    return float(multiclass_calibration_error(y_score, y_true, num_classes=arrays.n_classes, n_bins=n_bins))


_PROBABILITY = (Need.PROBABILITY, Need.ROWS_SUM_TO_ONE)

METRICS: tuple[Metric, ...] = (
    Metric(
        name="roc_auc",
        family=Family.PROBABILISTIC,
        wants=Wants.SCORES,
        higher_is_better=True,
        bounds=(0.0, 1.0),
        formula="P(s+ > s-) + P(s+ = s-) / 2",
        source="scikit-learn, roc_auc_score; above 1,000,000 rows the equal Mann-Whitney form",
        compute=roc_auc,
        needs=(Need.TWO_CLASSES,),
        binary_only=True,
    ),
    Metric(
        name="roc_auc_ovr",
        family=Family.PROBABILISTIC,
        wants=Wants.SCORES,
        higher_is_better=True,
        bounds=(0.0, 1.0),
        formula="mean_c AUC(class c against the rest)",
        source="scikit-learn, roc_auc_score(multi_class='ovr', average='macro')",
        compute=roc_auc_ovr,
        needs=(Need.ALL_CLASSES,),
    ),
    Metric(
        name="average_precision",
        family=Family.PROBABILISTIC,
        wants=Wants.SCORES,
        higher_is_better=True,
        bounds=(0.0, 1.0),
        formula="sum_n (R_n - R_{n-1}) P_n",
        source="scikit-learn, average_precision_score",
        compute=average_precision,
        needs=(Need.TWO_CLASSES,),
        binary_only=True,
    ),
    Metric(
        name="log_loss",
        family=Family.PROBABILISTIC,
        wants=Wants.SCORES,
        higher_is_better=False,
        bounds=(0.0, float("inf")),
        formula="-mean(ln p(y_true)), p cut to [eps, 1 - eps], eps = 2.2e-16",
        source="scikit-learn, log_loss",
        compute=log_loss,
        needs=_PROBABILITY,
        is_row_mean=True,
    ),
    Metric(
        name="brier",
        family=Family.PROBABILISTIC,
        wants=Wants.SCORES,
        higher_is_better=False,
        bounds=(0.0, 2.0),
        formula="binary: mean((p - y)^2); multiclass: mean(sum_c (p_c - [y = c])^2)",
        source="scikit-learn, brier_score_loss; Brier 1950",
        compute=brier,
        needs=_PROBABILITY,
        is_row_mean=True,
    ),
    Metric(
        name="ece",
        family=Family.PROBABILISTIC,
        wants=Wants.SCORES,
        higher_is_better=False,
        bounds=(0.0, 1.0),
        formula="sum_b (n_b / n) |accuracy_b - confidence_b|, 15 equal bins unless given",
        source="torchmetrics, CalibrationError; Guo et al. 2017",
        compute=ece,
        needs=_PROBABILITY,
    ),
)
