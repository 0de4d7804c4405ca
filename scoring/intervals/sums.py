"""Metrics that are functions of sums over rows: a replicate is that function of weighted sums, exactly."""

from collections.abc import Callable, Mapping

import numpy as np

from scoring.intervals.resampling import Resampling
from scoring.intervals.rows import ROW_VALUES, squared, squared_log
from scoring.metrics.base import PART_ROWS, Array, MetricInputs

MAX_CLASSES = 20  # of which all pairs are counted in every bucket
Keywords = Mapping[str, object]
_ROW_KEYWORDS = ("alpha",)


def _mean_of(rows: Callable[[MetricInputs], Array], arrays: MetricInputs, drawn: Resampling) -> Array:
    def statistics(part: slice) -> Array:
        values = rows(arrays.part(part))
        return np.column_stack([values, np.ones(values.shape[0])])

    sums = drawn.sums(statistics, 2)
    return np.asarray(sums[:, 0] / sums[:, 1])


def row_means(name: str, arrays: MetricInputs, drawn: Resampling, keywords: Keywords) -> Array:
    """Return the replicates of a metric of `ROW_VALUES`, float array of shape (n_replicates,)."""
    more = {key: value for key, value in keywords.items() if key in _ROW_KEYWORDS}
    return _mean_of(lambda part: np.asarray(ROW_VALUES[name](part, **more)), arrays, drawn)


def _moments(arrays: MetricInputs, drawn: Resampling) -> tuple[Array, ...]:
    """Return weighted means and (co)variances of y and p: shape (n_replicates,) each."""
    assert arrays.y_score is not None  # noqa: S101  # selected by the registry
    y_mean, p_mean = float(arrays.y_true.mean()), float(arrays.y_score.mean())

    def statistics(part: slice) -> Array:
        assert arrays.y_score is not None  # noqa: S101  # as above
        # About the means: sums of squares of large numbers would lose the digits that matter.
        y, p = arrays.y_true[part] - y_mean, arrays.y_score[part] - p_mean
        return np.column_stack([np.ones(y.shape[0]), y, p, y * y, p * p, y * p])

    sums = drawn.sums(statistics, 6)
    n, y, p, yy, pp, yp = sums.T
    y, p = y / n, p / n
    return y + y_mean, p + p_mean, yy / n - y * y, pp / n - p * p, yp / n - y * p


def _root_mean_squared(arrays: MetricInputs, drawn: Resampling) -> Array:
    return np.sqrt(_mean_of(squared, arrays, drawn))


def _root_mean_squared_log(arrays: MetricInputs, drawn: Resampling) -> Array:
    return np.sqrt(_mean_of(squared_log, arrays, drawn))


def _r2(arrays: MetricInputs, drawn: Resampling) -> Array:
    y, p, yy, pp, yp = _moments(arrays, drawn)
    return np.asarray(1 - (yy + pp - 2 * yp + (y - p) ** 2) / yy)


def _explained_variance(arrays: MetricInputs, drawn: Resampling) -> Array:
    _, _, yy, pp, yp = _moments(arrays, drawn)
    return np.asarray(1 - (yy + pp - 2 * yp) / yy)


def _pearson(arrays: MetricInputs, drawn: Resampling) -> Array:
    _, _, yy, pp, yp = _moments(arrays, drawn)
    return np.asarray(yp / np.sqrt(yy * pp))


def _concordance(arrays: MetricInputs, drawn: Resampling) -> Array:
    y, p, yy, pp, yp = _moments(arrays, drawn)
    unbiased = drawn.n_rows / (drawn.n_rows - 1)  # as torchmetrics has its (co)variances
    return np.asarray(2 * yp * unbiased / ((yy + pp) * unbiased + (y - p) ** 2))


MOMENTS: Mapping[str, Callable[[MetricInputs, Resampling], Array]] = {
    "rmse": _root_mean_squared,
    "rmsle": _root_mean_squared_log,
    "r2": _r2,
    "relative_squared_error": lambda arrays, drawn: 1 - _r2(arrays, drawn),
    "explained_variance": _explained_variance,
    "pearson": _pearson,
    "concordance_correlation": _concordance,
}


def _divided(above: Array, below: Array) -> Array:
    """Return the quotient; 0 where nothing is below, as the registry's metrics have it."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def _averaged(found: Array, keywords: Keywords) -> Array:
    """Return F1, F-beta, precision, recall or Jaccard's index of matrices (n_replicates, true, predicted)."""
    right, true, said = np.einsum("bcc->bc", found).copy(), found.sum(axis=2), found.sum(axis=1)
    average = keywords["average"]
    if average == "micro":
        right, true, said = (one.sum(axis=1, keepdims=True) for one in (right, true, said))
    beta = keywords.get("beta", 1.0)
    squared_beta = float(beta) ** 2 if isinstance(beta, int | float) else 1.0
    values = {
        "f1": lambda: _divided(2 * right, true + said),
        "fbeta": lambda: _divided((1 + squared_beta) * right, squared_beta * true + said),
        "precision": lambda: _divided(right, said),
        "recall": lambda: _divided(right, true),
        "jaccard": lambda: _divided(right, true + said - right),
    }[str(keywords["which"])]()
    if average == "binary":
        return np.asarray(values[:, 1])
    if average == "weighted":
        return np.asarray((values * true).sum(axis=1) / true.sum(axis=1))
    is_present = (true + said) > 0
    return np.asarray((values * is_present).sum(axis=1) / is_present.sum(axis=1))


def _balanced(found: Array, _keywords: Keywords) -> Array:
    true = found.sum(axis=2)
    recalls = _divided(np.einsum("bcc->bc", found).copy(), true)
    return np.asarray(recalls.sum(axis=1) / (true > 0).sum(axis=1))


def _balanced_adjusted(found: Array, keywords: Keywords) -> Array:
    chance = 1 / (found.sum(axis=2) > 0).sum(axis=1)
    return np.asarray((_balanced(found, keywords) - chance) / (1 - chance))


def _mcc(found: Array, _keywords: Keywords) -> Array:
    n, right = found.sum(axis=(1, 2)), np.einsum("bcc->b", found)
    true, said = found.sum(axis=2), found.sum(axis=1)
    together = right * n - (true * said).sum(axis=1)
    apart = (n * n - (said * said).sum(axis=1)) * (n * n - (true * true).sum(axis=1))
    return _divided(together, np.sqrt(apart))


def _kappa(found: Array, keywords: Keywords) -> Array:
    n_classes, kind = found.shape[1], keywords["weights"]
    distance = np.abs(np.subtract.outer(np.arange(n_classes), np.arange(n_classes))).astype(np.float64)
    cost = (distance > 0).astype(np.float64) if kind is None else distance
    cost = distance**2 if kind == "quadratic" else cost
    n, true, said = found.sum(axis=(1, 2)), found.sum(axis=2), found.sum(axis=1)
    seen = np.einsum("bij,ij->b", found, cost)
    expected = np.einsum("bi,bj,ij->b", true, said, cost) / n
    return np.asarray(1 - seen / expected)


def _acc_and_f1(found: Array, _keywords: Keywords) -> Array:
    accuracy = np.einsum("bcc->b", found) / found.sum(axis=(1, 2))
    return np.asarray((accuracy + _averaged(found, {"which": "f1", "average": "binary"})) / 2)


CONFUSIONS: Mapping[str, Callable[[Array, Keywords], Array]] = {
    "averaged": _averaged,
    "balanced_accuracy": _balanced,
    "balanced_accuracy_adjusted": _balanced_adjusted,
    "mcc": _mcc,
    "kappa": _kappa,
    "acc_and_f1": _acc_and_f1,
}


def confusions(arrays: MetricInputs, drawn: Resampling) -> Array | None:
    """Return weighted counts of true and predicted classes, shape (n_replicates, n_classes, n_classes).

    Returns:
        None where there are more than `MAX_CLASSES`.
    """
    y_true, y_pred = arrays.y_true, arrays.y_pred
    assert y_pred is not None  # noqa: S101  # selected by the registry
    n_classes = max(arrays.n_classes, int(y_true.max()) + 1, int(y_pred.max()) + 1)
    if n_classes > MAX_CLASSES:
        return None
    n_cells = n_classes * n_classes
    n_units = drawn.weights.shape[1]
    units = np.arange(drawn.n_rows) if drawn.units is None else drawn.units
    counts = np.zeros(n_units * n_cells)
    for start in range(0, drawn.n_rows, PART_ROWS):
        part = slice(start, start + PART_ROWS)
        cells = y_true[part] * np.int64(n_classes) + y_pred[part]
        counts += np.bincount(units[part] * np.int64(n_cells) + cells, minlength=counts.size)
    found: Array = drawn.weights @ counts.reshape(n_units, n_cells)
    return found.reshape(-1, n_classes, n_classes)
