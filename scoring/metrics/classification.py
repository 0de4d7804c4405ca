"""Computes the metrics of `scoring.catalogue.classification`."""

from typing import Any

import numpy as np

from scoring.metrics.base import Array, MetricInputs


def _labels(arrays: MetricInputs) -> tuple[Array, Array]:
    assert arrays.y_pred is not None  # noqa: S101  # the registry derives labels before it calls
    return arrays.y_true, arrays.y_pred


def accuracy(arrays: MetricInputs) -> float:
    """Return the share of rows whose class is right."""
    from sklearn.metrics import accuracy_score

    return float(accuracy_score(*_labels(arrays)))


def error_rate(arrays: MetricInputs) -> float:
    """Return the share of rows whose class is wrong."""
    from sklearn.metrics import zero_one_loss

    return float(zero_one_loss(*_labels(arrays)))


def balanced_accuracy(arrays: MetricInputs) -> float:
    """Return the mean of the recalls of all classes present in `y_true`."""
    from sklearn.metrics import balanced_accuracy_score

    return float(balanced_accuracy_score(*_labels(arrays)))


def balanced_accuracy_adjusted(arrays: MetricInputs) -> float:
    """Return the balanced accuracy on a scale where chance is 0."""
    from sklearn.metrics import balanced_accuracy_score

    return float(balanced_accuracy_score(*_labels(arrays), adjusted=True))


def averaged(arrays: MetricInputs, *, which: str, average: str, beta: float = 1.0) -> float:
    """Return F1, F-beta, precision, recall or Jaccard's index, averaged over classes."""
    from sklearn.metrics import f1_score, fbeta_score, jaccard_score, precision_score, recall_score

    functions: dict[str, Any] = {
        "f1": f1_score,
        "fbeta": fbeta_score,
        "jaccard": jaccard_score,
        "precision": precision_score,
        "recall": recall_score,
    }
    more = {"beta": beta} if which == "fbeta" else {}
    return float(functions[which](*_labels(arrays), average=average, zero_division=0.0, **more))


def mcc(arrays: MetricInputs) -> float:
    """Return Matthews' correlation coefficient."""
    from sklearn.metrics import matthews_corrcoef

    return float(matthews_corrcoef(*_labels(arrays)))


def acc_and_f1(arrays: MetricInputs) -> float:
    """Return the mean of accuracy and F1 of class 1."""
    return (accuracy(arrays) + averaged(arrays, which="f1", average="binary")) / 2


def kappa(arrays: MetricInputs, *, weights: str | None) -> float:
    """Return Cohen's kappa."""
    from sklearn.metrics import cohen_kappa_score

    y_true, y_pred = _labels(arrays)
    # Named classes keep the quadratic and linear distances right when a class in between is absent.
    highest = max(arrays.n_classes, int(y_true.max()) + 1, int(y_pred.max()) + 1)
    return float(cohen_kappa_score(y_true, y_pred, labels=np.arange(highest), weights=weights))


def top_k_accuracy(arrays: MetricInputs, *, k: int) -> float:
    """Return the share of rows whose true class is among the `k` highest scores."""
    from sklearn.metrics import top_k_accuracy_score

    y_score = arrays.y_score
    assert y_score is not None  # noqa: S101  # `Wants.SCORES`
    if k >= arrays.n_classes:
        return 1.0
    return float(top_k_accuracy_score(arrays.y_true, y_score, k=k, labels=np.arange(arrays.n_classes)))
