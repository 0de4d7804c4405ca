"""Metrics of predicted scores and probabilities, bound to scikit-learn and torchmetrics."""

from typing import Any

from scoring.catalogue.metric import INF, Family, Metric, Need, Param, Wants

_PROBABILITY = (Need.PROBABILITY, Need.ROWS_SUM_TO_ONE)
_BINS = Param("n_bins", 15, "equal bins of confidence", minimum=1, maximum=1000)


def _metric(name: str, formula: str, source: str, **rest: Any) -> Metric:  # noqa: ANN401
    return Metric(
        name=name,
        family=Family.PROBABILISTIC,
        wants=rest.pop("wants", Wants.SCORES),
        higher_is_better=rest.pop("higher_is_better", True),
        bounds=rest.pop("bounds", (0.0, 1.0)),
        formula=formula,
        source=source,
        compute=f"probabilistic:{rest.pop('compute', name)}",
        **rest,
    )


METRICS: tuple[Metric, ...] = (
    _metric(
        "roc_auc",
        "P(s+ > s-) + P(s+ = s-) / 2",
        "scikit-learn, roc_auc_score; above 1,000,000 rows the equal Mann-Whitney form",
        needs=(Need.TWO_CLASSES,),
        binary_only=True,
        on_constant="0.5",
    ),
    _metric(
        "gini_normalized",
        "2 AUC - 1",
        "scikit-learn, roc_auc_score",
        bounds=(-1.0, 1.0),
        needs=(Need.TWO_CLASSES,),
        binary_only=True,
        on_constant="0",
    ),
    _metric(
        "partial_auc",
        "area under the ROC curve up to max_fpr, standardised: 0.5 is chance (McClish 1989)",
        "scikit-learn, roc_auc_score(max_fpr=...)",
        params=(Param("max_fpr", 0.1, "highest false positive rate", minimum=1e-6, maximum=1.0),),
        needs=(Need.TWO_CLASSES,),
        binary_only=True,
        on_constant="0.5",
    ),
    _metric(
        "roc_auc_ovr",
        "mean_c AUC(class c against the rest)",
        "scikit-learn, roc_auc_score(multi_class='ovr', average='macro')",
        needs=(Need.ALL_CLASSES,),
        on_constant="0.5",
    ),
    _metric(
        "average_precision",
        "sum_n (R_n - R_{n-1}) P_n",
        "scikit-learn, average_precision_score",
        needs=(Need.TWO_CLASSES,),
        binary_only=True,
    ),
    _metric(
        "log_loss",
        "-mean(ln p(y_true)), p cut to [eps, 1 - eps], eps = 2.2e-16",
        "scikit-learn, log_loss",
        higher_is_better=False,
        bounds=(0.0, INF),
        unit="nat",
        needs=_PROBABILITY,
        is_row_mean=True,
    ),
    _metric(
        "brier",
        "binary: mean((p - y)^2); multiclass: mean(sum_c (p_c - [y = c])^2)",
        "scikit-learn, brier_score_loss; Brier 1950",
        higher_is_better=False,
        bounds=(0.0, 2.0),
        needs=_PROBABILITY,
        is_row_mean=True,
    ),
    _metric(
        "brier_skill",
        "1 - B / B_ref, B_ref = Brier score of the classes' shares in y_true",
        "scikit-learn, d2_brier_score",
        bounds=(-INF, 1.0),
        needs=(Need.TWO_CLASSES, *_PROBABILITY),
    ),
    _metric(
        "d2_log_loss",
        "1 - L / L_ref, L_ref = log loss of the classes' shares in y_true",
        "scikit-learn, d2_log_loss_score",
        bounds=(-INF, 1.0),
        needs=(Need.TWO_CLASSES, *_PROBABILITY),
    ),
    _metric(
        "ece",
        "sum_b (n_b / n) |accuracy_b - confidence_b|",
        "torchmetrics, CalibrationError(norm='l1'); Guo et al. 2017",
        higher_is_better=False,
        compute="calibration_error",
        fixed={"norm": "l1"},
        params=(_BINS,),
        needs=_PROBABILITY,
    ),
    _metric(
        "mce",
        "max_b |accuracy_b - confidence_b|",
        "torchmetrics, CalibrationError(norm='max'); Guo et al. 2017",
        higher_is_better=False,
        compute="calibration_error",
        fixed={"norm": "max"},
        params=(_BINS,),
        needs=_PROBABILITY,
    ),
    _metric(
        "rmsce",
        "sqrt(sum_b (n_b / n) (accuracy_b - confidence_b)^2)",
        "torchmetrics, CalibrationError(norm='l2'); Kumar et al. 2019",
        higher_is_better=False,
        compute="calibration_error",
        fixed={"norm": "l2"},
        params=(_BINS,),
        needs=_PROBABILITY,
    ),
    _metric(
        "soft_accuracy",
        "mean(p(y_true))",
        "RAMP, rampwf.score_types.SoftAccuracy with the identity as score matrix",
        needs=_PROBABILITY,
        is_row_mean=True,
    ),
    _metric(
        "probabilistic_f1",
        "(1 + b^2) sum(p y) / (sum(p) + b^2 sum(y)), b = beta; 0 where there is nothing to divide by",
        "Yacouby and Axman 2020, with p as counts",
        params=(Param("beta", 1.0, "weight of recall beside precision", minimum=0.0),),
        needs=(Need.PROBABILITY,),
        binary_only=True,
        on_single_class="0 where all are class 0, else by the formula",
    ),
    _metric(
        "pac",
        "(e^-L - e^-H) / (1 - e^-H), L = log loss, H = log loss of the classes' shares in y_true",
        "scikit-learn, log_loss; AutoML challenge, PAC, Guyon et al. 2015",
        bounds=(-INF, 1.0),
        needs=(Need.TWO_CLASSES, *_PROBABILITY),
    ),
    _metric(
        "weighted_auc",
        "area under the ROC curve with weight where the true positive rate is below split, over that of a "
        "perfect curve",
        "scikit-learn, roc_curve and auc; ALASKA, Cogranne et al. 2019",
        params=(
            Param("split", 0.4, "true positive rate up to which the weight counts", minimum=0.0, maximum=1.0),
            Param("weight", 2.0, "of the area below; above it is 1", minimum=0.0),
        ),
        needs=(Need.TWO_CLASSES,),
        binary_only=True,
    ),
    _metric(
        "bias_auc",
        "A / 4 + sum_m M_-5(AUC_m of each subgroup) / 4, A = AUC, m: within the subgroup, its negatives with "
        "others' positives, its positives with others' negatives; M_p = (mean(a^p))^(1/p)",
        "scikit-learn, roc_auc_score; Borkan et al. 2019",
        wants=Wants.SUBGROUPS,
        params=(Param("power", -5.0, "of the mean over subgroups; not 0", minimum=-100.0, maximum=100.0),),
        needs=(Need.SUBGROUP_CLASSES,),
        on_constant="0.5",
    ),
)
