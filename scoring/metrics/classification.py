"""Metrics of predicted classes, bound to scikit-learn.

All take `y_true` and `y_pred`, int arrays of shape (n_samples,) with codes in [0, n_classes); for
binary problems code 1 is the positive class. Division by zero counts as 0, as is usual in contests:
a class never predicted earns nothing.
"""

from functools import partial
from typing import Any

import numpy as np

from scoring.metrics.base import Array, Family, Metric, MetricInputs, Need, Wants

_SKLEARN = "scikit-learn, sklearn.metrics."


def _labels(arrays: MetricInputs) -> tuple[Array, Array]:
    assert arrays.y_pred is not None  # noqa: S101  # the registry derives labels before it calls
    return arrays.y_true, arrays.y_pred


def accuracy(arrays: MetricInputs) -> float:
    """Return the share of rows whose class is right."""
    from sklearn.metrics import accuracy_score

    return float(accuracy_score(*_labels(arrays)))


def balanced_accuracy(arrays: MetricInputs) -> float:
    """Return the mean of the recalls of all classes present in `y_true`."""
    from sklearn.metrics import balanced_accuracy_score

    return float(balanced_accuracy_score(*_labels(arrays)))


def _averaged(arrays: MetricInputs, *, which: str, average: str) -> float:
    from sklearn.metrics import f1_score, precision_score, recall_score

    functions: dict[str, Any] = {"f1": f1_score, "precision": precision_score, "recall": recall_score}
    y_true, y_pred = _labels(arrays)
    return float(functions[which](y_true, y_pred, average=average, zero_division=0.0))


def mcc(arrays: MetricInputs) -> float:
    """Return Matthews' correlation coefficient."""
    from sklearn.metrics import matthews_corrcoef

    return float(matthews_corrcoef(*_labels(arrays)))


def _kappa(arrays: MetricInputs, *, weights: str | None) -> float:
    from sklearn.metrics import cohen_kappa_score

    y_true, y_pred = _labels(arrays)
    # Named classes keep the quadratic and linear distances right when a class in between is absent.
    highest = max(arrays.n_classes, int(y_true.max()) + 1, int(y_pred.max()) + 1)
    return float(cohen_kappa_score(y_true, y_pred, labels=np.arange(highest), weights=weights))


def top_k_accuracy(arrays: MetricInputs, *, k: int = 5) -> float:
    """Return the share of rows whose true class is among the `k` highest scores."""
    from sklearn.metrics import top_k_accuracy_score

    y_score = arrays.y_score
    assert y_score is not None  # noqa: S101  # `Wants.SCORES`
    if k >= arrays.n_classes:
        return 1.0
    return float(top_k_accuracy_score(arrays.y_true, y_score, k=k, labels=np.arange(arrays.n_classes)))


def _averaged_metric(which: str, average: str, formula: str) -> Metric:
    is_binary = average == "binary"
    return Metric(
        name=which if is_binary and which != "f1" else f"{which}_{average}",
        family=Family.CLASSIFICATION,
        wants=Wants.LABELS,
        higher_is_better=True,
        bounds=(0.0, 1.0),
        formula=formula,
        source=f"{_SKLEARN}{which}_score(average={average!r}, zero_division=0)",
        compute=partial(_averaged, which=which, average=average),
        binary_only=is_binary,
        on_single_class="0 where a denominator is 0, else as usual",
    )


_FORMULAS = {
    "f1": "2 P R / (P + R)",
    "precision": "TP / (TP + FP)",
    "recall": "TP / (TP + FN)",
}
_AVERAGES = {
    "binary": "of class 1",
    "macro": "mean over classes in y_true or y_pred",
    "micro": "over pooled counts",
    "weighted": "mean over classes weighted by their rows in y_true",
}


def _simple(name: str, formula: str, source: str, compute: Any, **rest: Any) -> Metric:  # noqa: ANN401
    return Metric(
        name=name,
        family=Family.CLASSIFICATION,
        wants=rest.pop("wants", Wants.LABELS),
        higher_is_better=True,
        bounds=rest.pop("bounds", (0.0, 1.0)),
        formula=formula,
        source=_SKLEARN + source,
        compute=compute,
        **rest,
    )


def _kappa_metric(suffix: str, weights: str | None) -> Metric:
    return _simple(
        f"cohen_kappa{suffix}",
        "1 - sum(w O) / sum(w E), w = [i != j], |i - j| or (i - j)^2",
        f"cohen_kappa_score(weights={weights!r}); Cohen 1960, 1968",
        partial(_kappa, weights=weights),
        bounds=(-1.0, 1.0),
        needs=(Need.TWO_CLASSES,),
    )


METRICS: tuple[Metric, ...] = (
    _simple(
        "accuracy",
        "mean([y_true = y_pred])",
        "accuracy_score",
        accuracy,
        is_row_mean=True,
    ),
    _simple("balanced_accuracy", "mean_c(TP_c / n_c)", "balanced_accuracy_score", balanced_accuracy),
    *(
        _averaged_metric(which, average, f"{formula}, {_AVERAGES[average]}")
        for which, formula in _FORMULAS.items()
        for average in _AVERAGES
    ),
    _simple(
        "mcc",
        "(TP TN - FP FN) / sqrt((TP+FP)(TP+FN)(TN+FP)(TN+FN)); multiclass: R_K of Gorodkin 2004",
        "matthews_corrcoef",
        mcc,
        bounds=(-1.0, 1.0),
        on_single_class="0",
    ),
    _kappa_metric("", None),
    _kappa_metric("_linear", "linear"),
    _kappa_metric("_quadratic", "quadratic"),
    _simple(
        "top_k_accuracy",
        "mean([y_true among the k highest scores]), k = 5 unless given",
        "top_k_accuracy_score",
        top_k_accuracy,
        wants=Wants.SCORES,
    ),
)
