"""Metrics of predicted classes, bound to scikit-learn. Code 1 is the positive class of binary ones.

Division by zero counts as 0, as is usual in contests: a class never predicted earns nothing.
"""

from typing import Any

from scoring.catalogue.metric import USUAL, Family, Metric, Need, Param, Wants

_SKLEARN = "scikit-learn, sklearn.metrics."
_FORMULAS = {
    "f1": "2 P R / (P + R)",
    "precision": "TP / (TP + FP)",
    "recall": "TP / (TP + FN)",
    "jaccard": "TP / (TP + FP + FN)",
    "fbeta": "(1 + b^2) P R / (b^2 P + R), b = beta",
}
_AVERAGES = {
    "binary": "of class 1",
    "macro": "mean over classes in y_true or y_pred",
    "micro": "over pooled counts",
    "weighted": "mean over classes weighted by their rows in y_true",
}
_BETA = Param("beta", 0.5, "weight of recall beside precision", minimum=0.0)
_SHORT = {"precision": "precision", "recall": "recall"}  # their binary forms have no suffix


def _averaged(which: str, average: str) -> Metric:
    is_binary = average == "binary"
    return Metric(
        name=_SHORT[which] if is_binary and which in _SHORT else f"{which}_{average}",
        family=Family.CLASSIFICATION,
        wants=Wants.LABELS,
        higher_is_better=True,
        bounds=(0.0, 1.0),
        formula=f"{_FORMULAS[which]}, {_AVERAGES[average]}",
        source=f"{_SKLEARN}{which}_score(average={average!r}, zero_division=0)",
        compute="classification:averaged",
        fixed={"which": which, "average": average},
        params=(_BETA,) if which == "fbeta" else (),
        binary_only=is_binary,
        on_single_class="0 where all are class 0, else by the formula" if is_binary else USUAL,
    )


def _simple(name: str, formula: str, source: str, **rest: Any) -> Metric:  # noqa: ANN401
    return Metric(
        name=name,
        family=Family.CLASSIFICATION,
        wants=rest.pop("wants", Wants.LABELS),
        higher_is_better=rest.pop("higher_is_better", True),
        bounds=rest.pop("bounds", (0.0, 1.0)),
        formula=formula,
        source=_SKLEARN + source,
        compute=f"classification:{rest.pop('compute', name)}",
        **rest,
    )


def _kappa(suffix: str, weights: str | None) -> Metric:
    return _simple(
        f"cohen_kappa{suffix}",
        "1 - sum(w O) / sum(w E), w = [i != j], |i - j| or (i - j)^2",
        f"cohen_kappa_score(weights={weights!r}); Cohen 1960, 1968",
        compute="kappa",
        fixed={"weights": weights},
        bounds=(-1.0, 1.0),
        needs=(Need.TWO_CLASSES,),
        on_constant="0",
    )


METRICS: tuple[Metric, ...] = (
    _simple("accuracy", "mean([y_true = y_pred])", "accuracy_score", is_row_mean=True),
    _simple(
        "error_rate", "mean([y_true != y_pred])", "zero_one_loss", higher_is_better=False, is_row_mean=True
    ),
    _simple("balanced_accuracy", "mean_c(TP_c / n_c)", "balanced_accuracy_score"),
    _simple(
        "balanced_accuracy_adjusted",
        "(balanced accuracy - 1 / C) / (1 - 1 / C); binary: 2 BAC - 1",
        "balanced_accuracy_score(adjusted=True)",
        bounds=(-1.0, 1.0),
        needs=(Need.TWO_CLASSES,),
        on_constant="0",
    ),
    *(_averaged(which, average) for which in _FORMULAS for average in _AVERAGES),
    _simple(
        "mcc",
        "(TP TN - FP FN) / sqrt((TP+FP)(TP+FN)(TN+FP)(TN+FN)); multiclass: R_K of Gorodkin 2004",
        "matthews_corrcoef; GLUE's score of CoLA",
        bounds=(-1.0, 1.0),
        on_single_class="0",
        on_constant="0",
    ),
    _simple(
        "acc_and_f1",
        "(accuracy + F1 of class 1) / 2",
        "accuracy_score and f1_score; GLUE's score of MRPC and QQP, Wang et al. 2018",
        binary_only=True,
        on_single_class="half the accuracy where all are class 0, else by the formula",
    ),
    _kappa("", None),
    _kappa("_linear", "linear"),
    _kappa("_quadratic", "quadratic"),
    _simple(
        "top_k_accuracy",
        "mean([y_true among the k highest scores]); 1 where k is no less than the number of classes",
        "top_k_accuracy_score",
        wants=Wants.SCORES,
        params=(Param("k", 5, "how many classes may be named", minimum=1),),
    ),
)
