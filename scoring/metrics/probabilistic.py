"""Computes the metrics of `scoring.catalogue.probabilistic`.

`y_true`: int array of shape (n_samples,), codes in [0, n_classes). `y_score`: float array of shape
(n_samples,), the score of class 1, or of shape (n_samples, n_classes).
"""

from typing import Literal

import numpy as np

from scoring.metrics.base import MAX_ROWS_WHOLE, PART_ROWS, Array, MetricInputs


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


def brier_skill(arrays: MetricInputs) -> float:
    """Return the share by which Brier's score is better than that of the classes' shares."""
    from sklearn.metrics import d2_brier_score

    return float(d2_brier_score(arrays.y_true, _scores(arrays), labels=np.arange(arrays.n_classes)))


def d2_log_loss(arrays: MetricInputs) -> float:
    """Return the share by which log loss is better than that of the classes' shares."""
    from sklearn.metrics import d2_log_loss_score

    return float(d2_log_loss_score(arrays.y_true, _scores(arrays), labels=np.arange(arrays.n_classes)))


def gini_normalized(arrays: MetricInputs) -> float:
    """Return the area under the ROC curve on a scale from -1 to 1, where chance is 0."""
    return 2 * roc_auc(arrays) - 1


def partial_auc(arrays: MetricInputs, *, max_fpr: float) -> float:
    """Return the standardised area under the ROC curve up to a false positive rate."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(arrays.y_true, _scores(arrays), max_fpr=max_fpr))


def calibration_error(arrays: MetricInputs, *, norm: Literal["l1", "l2", "max"], n_bins: int) -> float:
    """Return the mean or the largest gap between confidence and accuracy over equal bins of confidence."""
    import torch
    from torchmetrics.functional.classification import (
        binary_calibration_error,
        multiclass_calibration_error,
    )

    y_true = torch.as_tensor(np.ascontiguousarray(arrays.y_true, dtype=np.int64))
    y_score = torch.as_tensor(np.ascontiguousarray(_scores(arrays), dtype=np.float64))
    if y_score.ndim == 1:
        return float(binary_calibration_error(y_score, y_true, n_bins=n_bins, norm=norm))
    return float(
        multiclass_calibration_error(y_score, y_true, num_classes=arrays.n_classes, n_bins=n_bins, norm=norm)
    )


def soft_accuracy(arrays: MetricInputs) -> float:
    """Return the mean probability that the true class was given."""
    y_score = _scores(arrays)
    if y_score.ndim == 1:
        return float(np.where(arrays.y_true == 1, y_score, 1 - y_score).mean())
    return float(np.take_along_axis(y_score, arrays.y_true[:, None], axis=1).mean())


def probabilistic_f1(arrays: MetricInputs, *, beta: float) -> float:
    """Return F-beta of class 1 with probabilities as counts."""
    y_score = _scores(arrays)
    whole = y_score.sum() + beta**2 * (arrays.y_true == 1).sum()
    hits = (1 + beta**2) * y_score[arrays.y_true == 1].sum()
    return float(hits / whole) if whole > 0 else 0.0


def pac(arrays: MetricInputs) -> float:
    """Return the likelihood per row on a scale where that of the classes' shares is 0."""
    counts = np.bincount(arrays.y_true, minlength=arrays.n_classes)
    shares = counts[counts > 0] / arrays.y_true.shape[0]
    chance = np.exp((shares * np.log(shares)).sum())
    return float((np.exp(-log_loss(arrays)) - chance) / (1 - chance))


def weighted_auc(arrays: MetricInputs, *, split: float, weight: float) -> float:
    """Return the area under the ROC curve, its part below a true positive rate weighted."""
    from sklearn.metrics import auc, roc_curve

    fpr, tpr, _ = roc_curve(arrays.y_true, _scores(arrays), drop_intermediate=False)
    # The curve may cross the split between two of its points.
    fpr, tpr = np.append(fpr, np.interp(split, tpr, fpr)), np.append(tpr, split)
    order = np.lexsort((tpr, fpr))
    fpr, tpr = fpr[order], tpr[order]
    below, above = auc(fpr, np.minimum(tpr, split)), auc(fpr, np.maximum(tpr, split) - split)
    return float((weight * below + above) / (weight * split + 1 - split))


def bias_auc(arrays: MetricInputs, *, power: float) -> float:
    """Return AUC beside the power means of three AUCs of each subgroup.

    `y_true`: (n_samples, 1 + n_subgroups), the class and then membership, 0 or 1; `y_score`: (n_samples,).
    """
    from sklearn.metrics import roc_auc_score

    y_true, y_score = arrays.y_true[:, 0] > 0, _scores(arrays)

    def area(rows: Array) -> float:
        return float(roc_auc_score(y_true[rows], y_score[rows]))

    kinds: list[list[float]] = [[], [], []]
    for column in arrays.y_true.T[1:]:
        member = column > 0
        for found, rows in zip(kinds, (member, member != y_true, member == y_true), strict=True):
            found.append(area(rows))
    means = [float(np.mean(np.power(found, power)) ** (1 / power)) for found in kinds]
    return (area(np.ones_like(y_true)) + sum(means)) / 4
