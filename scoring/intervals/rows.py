"""Values of single rows of the metrics that are means over rows. Their mean is the metric, which tests hold.

`y_true`, `y_pred` and `y_score` as in `scoring.metrics.base.MetricInputs`; each function returns a float
array of shape (n_samples,).
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from scoring.metrics.base import Array, MetricInputs

_EPS = float(np.finfo(np.float64).eps)  # to which scikit-learn's log loss cuts probabilities


def _values(arrays: MetricInputs) -> tuple[Array, Array]:
    assert arrays.y_score is not None  # noqa: S101  # selected by the registry
    return arrays.y_true, arrays.y_score


def _of_class(arrays: MetricInputs) -> Array:
    """Return the probability of the true class."""
    y_true, y_score = _values(arrays)
    if y_score.ndim == 1:
        return np.asarray(np.where(y_true == 1, y_score, 1 - y_score))
    chosen: Array = np.take_along_axis(y_score, y_true[:, None].astype(np.intp), axis=1)[:, 0]
    return chosen


def is_right(arrays: MetricInputs) -> Array:
    """Return 1 where the class is right."""
    return np.asarray(arrays.y_true == arrays.y_pred, dtype=np.float64)


def is_wrong(arrays: MetricInputs) -> Array:
    """Return 1 where the class is wrong."""
    return 1 - is_right(arrays)


def log_loss(arrays: MetricInputs) -> Array:
    """Return the negative log-likelihood of the true class."""
    return np.asarray(-np.log(np.clip(_of_class(arrays), _EPS, 1 - _EPS)))


def brier(arrays: MetricInputs) -> Array:
    """Return the squared distance of the probabilities from the truth."""
    y_true, y_score = _values(arrays)
    if y_score.ndim == 1:
        return np.asarray((y_score - y_true) ** 2)
    # sum_c (p_c - [y = c])^2 = sum_c p_c^2 - 2 p_y + 1
    return np.asarray(np.einsum("rc,rc->r", y_score, y_score) - 2 * _of_class(arrays) + 1)


def absolute(arrays: MetricInputs) -> Array:
    """Return absolute errors."""
    y_true, y_score = _values(arrays)
    return np.asarray(np.abs(y_true - y_score))


def squared(arrays: MetricInputs) -> Array:
    """Return squared errors."""
    y_true, y_score = _values(arrays)
    return np.asarray((y_true - y_score) ** 2, dtype=np.float64)


def squared_log(arrays: MetricInputs) -> Array:
    """Return squared errors of log(1 + y)."""
    y_true, y_score = _values(arrays)
    return np.asarray((np.log1p(y_true) - np.log1p(y_score)) ** 2)


def relative(arrays: MetricInputs) -> Array:
    """Return absolute errors relative to the truth."""
    y_true, y_score = _values(arrays)
    return np.asarray(np.abs(y_true - y_score) / np.maximum(np.abs(y_true), _EPS))


def relative_to_both(arrays: MetricInputs) -> Array:
    """Return absolute errors relative to half the sum of both; 0 / 0 is 0."""
    y_true, y_score = _values(arrays)
    both = np.abs(y_true) + np.abs(y_score)
    return np.asarray(2 * np.abs(y_true - y_score) / np.where(both > 0, both, 1))


def pinball(arrays: MetricInputs, *, alpha: float) -> Array:
    """Return the pinball loss of a predicted quantile."""
    y_true, y_score = _values(arrays)
    return np.maximum(alpha * (y_true - y_score), (alpha - 1) * (y_true - y_score))


def poisson_deviance(arrays: MetricInputs) -> Array:
    """Return unit Poisson deviances."""
    y_true, y_score = _values(arrays)
    logs = np.log(np.where(y_true > 0, y_true, 1) / np.where(y_true > 0, y_score, 1))
    return np.asarray(2 * (y_true * logs - y_true + y_score))


def gamma_deviance(arrays: MetricInputs) -> Array:
    """Return unit gamma deviances."""
    y_true, y_score = _values(arrays)
    return np.asarray(2 * (np.log(y_score / y_true) + y_true / y_score - 1))


def subset_right(arrays: MetricInputs) -> Array:
    """Return 1 where all labels of a row are right."""
    return np.asarray((arrays.y_true == arrays.y_pred).all(axis=1), dtype=np.float64)


def label_wrong(arrays: MetricInputs) -> Array:
    """Return the share of a row's labels that are wrong."""
    return np.asarray((arrays.y_true != arrays.y_pred).mean(axis=1))


def kl_divergence(arrays: MetricInputs) -> Array:
    """Return the divergence of the predicted distribution from the true one."""
    y_true, y_score = _values(arrays)
    logs = np.log(np.where(y_true > 0, y_true, 1) / np.where(y_true > 0, np.maximum(y_score, 1e-15), 1))
    return np.asarray((y_true * logs).sum(axis=1))


ROW_VALUES: Mapping[str, Callable[..., Any]] = {
    "accuracy": is_right,
    "error_rate": is_wrong,
    "log_loss": log_loss,
    "brier": brier,
    "mae": absolute,
    "mse": squared,
    "mape": relative,
    "smape": relative_to_both,
    "pinball": pinball,
    "poisson_deviance": poisson_deviance,
    "gamma_deviance": gamma_deviance,
    "multilabel_subset_accuracy": subset_right,
    "multilabel_hamming_loss": label_wrong,
    "kl_divergence": kl_divergence,
}
