"""Computes the metrics of `scoring.catalogue.multilabel`."""

from typing import Any

import numpy as np

from scoring.errors import ScorerMisconfigured
from scoring.metrics.base import Array, MetricInputs

_LEAST_PROBABILITY = 1e-15


def _labels(arrays: MetricInputs) -> tuple[Array, Array]:
    assert arrays.y_pred is not None  # noqa: S101  # the registry derives labels before it calls
    return arrays.y_true.astype(np.int8), arrays.y_pred.astype(np.int8)


def _scores(arrays: MetricInputs) -> tuple[Array, Array]:
    assert arrays.y_score is not None  # noqa: S101  # checked by the registry
    return arrays.y_true.astype(np.int8), arrays.y_score


def averaged(arrays: MetricInputs, *, which: str, average: str) -> float:
    """Return F1 or Jaccard's index."""
    from sklearn.metrics import f1_score, jaccard_score

    function: Any = f1_score if which == "f1" else jaccard_score
    return float(function(*_labels(arrays), average=average, zero_division=0.0))


def subset_accuracy(arrays: MetricInputs) -> float:
    """Return the share of rows whose labels are all right."""
    from sklearn.metrics import accuracy_score

    return float(accuracy_score(*_labels(arrays)))


def hamming_loss(arrays: MetricInputs) -> float:
    """Return the share of labels that are wrong."""
    from sklearn.metrics import hamming_loss as sklearn_hamming_loss

    return float(sklearn_hamming_loss(*_labels(arrays)))


def roc_auc(arrays: MetricInputs) -> float:
    """Return the mean over labels of the area under the ROC curve."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(*_scores(arrays), average="macro"))


def average_precision(arrays: MetricInputs) -> float:
    """Return the mean over labels of average precision."""
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(*_scores(arrays), average="macro"))


def log_loss(arrays: MetricInputs, *, weights: str) -> float:
    """Return the weighted mean over labels of binary log loss."""
    from sklearn.metrics import log_loss as sklearn_log_loss

    y_true, y_score = _scores(arrays)
    losses = [sklearn_log_loss(y_true[:, c], y_score[:, c], labels=[0, 1]) for c in range(y_true.shape[1])]
    return float(np.average(losses, weights=_label_weights(weights, len(losses))))


def _label_weights(text: str, n_labels: int) -> list[float] | None:
    if not text:
        return None
    try:
        weights = [float(one) for one in text.split(",")]
    except ValueError:
        weights = []
    is_right = len(weights) == n_labels and all(0 <= one < np.inf for one in weights) and sum(weights) > 0
    if not is_right:
        raise ScorerMisconfigured(
            f"weights must be {n_labels} numbers of at least 0 with commas between, found {text!r}"
        )
    return weights


def lrap(arrays: MetricInputs) -> float:
    """Return label ranking average precision."""
    from sklearn.metrics import label_ranking_average_precision_score

    return float(label_ranking_average_precision_score(*_scores(arrays)))


def lwlrap(arrays: MetricInputs) -> float:
    """Return label-weighted label ranking average precision."""
    from sklearn.metrics import label_ranking_average_precision_score

    y_true, y_score = _scores(arrays)
    weights = y_true.sum(axis=1)
    return float(label_ranking_average_precision_score(y_true, y_score, sample_weight=weights))


def kl_divergence(arrays: MetricInputs) -> float:
    """Return the mean divergence of the predicted distributions from the true ones, in nats."""
    from scipy.special import rel_entr

    assert arrays.y_score is not None  # noqa: S101  # checked by the registry
    predicted = np.maximum(arrays.y_score, _LEAST_PROBABILITY)
    return float(rel_entr(arrays.y_true, predicted).sum(axis=1).mean())
