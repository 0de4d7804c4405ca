"""Metrics of several labels or distributions for each row, bound to scikit-learn and SciPy."""

from typing import Any

from scoring.catalogue.metric import INF, Family, Metric, Need, Param, Wants

_SKLEARN = "scikit-learn, sklearn.metrics."


def _labels(name: str, formula: str, source: str, **rest: Any) -> Metric:  # noqa: ANN401
    return Metric(
        name=f"multilabel_{name}",
        family=Family.MULTILABEL,
        wants=rest.pop("wants", Wants.LABEL_COLUMNS),
        higher_is_better=rest.pop("higher_is_better", True),
        bounds=rest.pop("bounds", (0.0, 1.0)),
        formula=formula,
        source=_SKLEARN + source,
        compute=f"multilabel:{rest.pop('compute', name)}",
        **rest,
    )


def _averaged(which: str, average: str, formula: str) -> Metric:
    return _labels(
        f"{which}_{average}",
        formula,
        f"{which}_score(average={average!r}, zero_division=0)",
        compute="averaged",
        on_single_class="0 where no label is true, else by the formula",
        fixed={"which": which, "average": average},
    )


_OF_SCORES: dict[str, Any] = {"wants": Wants.SCORE_COLUMNS}

METRICS: tuple[Metric, ...] = (
    *(
        _averaged(which, average, f"{formula}, {how}")
        for which, formula in (("f1", "2 P R / (P + R)"), ("jaccard", "TP / (TP + FP + FN)"))
        for average, how in (
            ("micro", "over pooled counts"),
            ("macro", "mean over labels"),
            ("samples", "mean over rows"),
        )
    ),
    _labels("subset_accuracy", "mean([all labels of the row are right])", "accuracy_score", is_row_mean=True),
    _labels(
        "hamming_loss",
        "share of labels that are wrong",
        "hamming_loss",
        higher_is_better=False,
        is_row_mean=True,
    ),
    _labels(
        "roc_auc",
        "mean over labels of AUC",
        "roc_auc_score(average='macro')",
        needs=(Need.TWO_CLASSES,),
        on_constant="0.5",
        **_OF_SCORES,
    ),
    _labels(
        "average_precision",
        "mean over labels of average precision",
        "average_precision_score(average='macro')",
        needs=(Need.TWO_CLASSES,),
        **_OF_SCORES,
    ),
    _labels(
        "log_loss",
        "mean over labels of -mean(y ln p + (1 - y) ln(1 - p)), p cut to [eps, 1 - eps], eps = 2.2e-16",
        "log_loss of each label",
        params=(
            Param("weights", "", "of labels in the mean, in the order of columns: `2,1,1`; all 1 if empty"),
        ),
        higher_is_better=False,
        bounds=(0.0, INF),
        unit="nat",
        needs=(Need.PROBABILITY,),
        is_row_mean=True,
        **_OF_SCORES,
    ),
    _labels(
        "lrap",
        "mean over rows and their labels of the share of labels ranked no lower that are right; 1 for a row "
        "with no label or with all",
        "label_ranking_average_precision_score",
        is_row_mean=True,
        on_single_class="1",
        **_OF_SCORES,
    ),
    _labels(
        "lwlrap",
        "as multilabel_lrap, with rows weighted by their number of labels",
        "label_ranking_average_precision_score(sample_weight=labels of the row)",
        needs=(Need.ANY_RELEVANT,),
        on_single_class="1 where every label is true, undefined (nothing-relevant) where none is",
        **_OF_SCORES,
    ),
    Metric(
        name="kl_divergence",
        family=Family.MULTILABEL,
        wants=Wants.COLUMNS,
        higher_is_better=False,
        bounds=(0.0, INF),
        unit="nat",
        formula="mean over rows of sum_c q_c ln(q_c / p_c), q true, p predicted and cut to at least 1e-15",
        source="SciPy, scipy.special.rel_entr; Kullback and Leibler 1951",
        compute="multilabel:kl_divergence",
        needs=(Need.PROBABILITY, Need.TRUE_ROWS_SUM_TO_ONE, Need.ROWS_SUM_TO_ONE),
        is_row_mean=True,
    ),
)
