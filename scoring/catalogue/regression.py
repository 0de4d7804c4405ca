"""Metrics of real predictions, bound to scikit-learn, SciPy and torchmetrics."""

from math import log, pi
from typing import Any

from scoring.catalogue.metric import INF, Family, Metric, Need, Param, Wants

_TARGET = "unit of the target"
_SKLEARN = "scikit-learn, "


def _metric(name: str, formula: str, source: str, **rest: Any) -> Metric:  # noqa: ANN401
    return Metric(
        name=name,
        family=Family.REGRESSION,
        wants=rest.pop("wants", Wants.VALUES),
        higher_is_better=rest.pop("higher_is_better", False),
        bounds=rest.pop("bounds", (0.0, INF)),
        formula=formula,
        source=source,
        compute=f"regression:{rest.pop('compute', name)}",
        **rest,
    )


def _correlation(name: str, formula: str, source: str, **rest: Any) -> Metric:  # noqa: ANN401
    return _metric(
        name,
        formula,
        source,
        higher_is_better=True,
        bounds=(-1.0, 1.0),
        needs=(Need.VARYING_TRUE, Need.VARYING_PRED),
        **rest,
    )


_COLUMNS: dict[str, Any] = {"wants": Wants.COLUMNS}
_POINTS = "great circle on a sphere of radius 6371.0088 km; two columns, latitude and longitude in degrees"

METRICS: tuple[Metric, ...] = (
    _metric("mae", "mean(|y - p|)", _SKLEARN + "mean_absolute_error", unit=_TARGET, is_row_mean=True),
    _metric(
        "mse",
        "mean((y - p)^2)",
        _SKLEARN + "mean_squared_error",
        unit=f"square of the {_TARGET}",
        is_row_mean=True,
    ),
    _metric("rmse", "sqrt(mean((y - p)^2))", _SKLEARN + "root_mean_squared_error", unit=_TARGET),
    _metric(
        "nrmse",
        "RMSE / (max(y) - min(y)), or by the mean or standard deviation of y",
        _SKLEARN + "root_mean_squared_error; torchmetrics, NormalizedRootMeanSquaredError",
        params=(Param("by", "range", "what the error is divided by", choices=("range", "mean", "sd")),),
        needs=(Need.VARYING_TRUE,),
    ),
    _metric(
        "relative_squared_error",
        "sum((y - p)^2) / sum((y - mean(y))^2)",
        "torchmetrics, RelativeSquaredError",
        needs=(Need.VARYING_TRUE,),
    ),
    _metric(
        "mape",
        "mean(|y - p| / |y|), a share: 0.1 is ten percent",
        _SKLEARN + "mean_absolute_percentage_error",
        needs=(Need.NON_ZERO_TRUE,),
        is_row_mean=True,
    ),
    _metric(
        "rmspe",
        "sqrt(mean(((y - p) / y)^2)), a share",
        _SKLEARN + "root_mean_squared_error of p / y beside 1",
        needs=(Need.NON_ZERO_TRUE,),
    ),
    _metric(
        "laplace_log_likelihood",
        "mean(-sqrt(2) d / s - ln(sqrt(2) s)), d = min(|y - p|, max_error), s = max(spread, min_spread)",
        "Laplace's density, as in Kaggle's OSIC pulmonary fibrosis progression",
        wants=Wants.SPREAD,
        higher_is_better=True,
        bounds=(-INF, INF),
        unit="nat",
        params=(
            Param("min_spread", 70.0, "a smaller spread counts as this", minimum=1e-9),
            Param("max_error", 1000.0, "a larger error counts as this", minimum=0.0),
        ),
        is_row_mean=True,
    ),
    _metric(
        "angular_error",
        "mean angle between directions; two columns, azimuth and zenith in radians",
        "haversine formula, Sinnott 1984",
        n_columns=2,
        bounds=(0.0, pi),
        unit="rad",
        is_row_mean=True,
        **_COLUMNS,
    ),
    _metric(
        "smape",
        "mean(2 |y - p| / (|y| + |p|)), a share; 0 / 0 counts as 0",
        "torchmetrics, SymmetricMeanAbsolutePercentageError",
        bounds=(0.0, 2.0),
        is_row_mean=True,
    ),
    _metric(
        "rmsle",
        "sqrt(mean((ln(1 + y) - ln(1 + p))^2))",
        _SKLEARN + "root_mean_squared_log_error",
        unit="nat",
        needs=(Need.NON_NEGATIVE,),
    ),
    _metric("median_ae", "median(|y - p|)", _SKLEARN + "median_absolute_error", unit=_TARGET),
    _metric("max_error", "max(|y - p|)", _SKLEARN + "max_error", unit=_TARGET),
    _metric(
        "pinball",
        "mean(max(a (y - p), (a - 1) (y - p))), a = alpha",
        _SKLEARN + "mean_pinball_loss",
        unit=_TARGET,
        params=(Param("alpha", 0.5, "the quantile that is predicted", minimum=0.0, maximum=1.0),),
        is_row_mean=True,
    ),
    _metric(
        "poisson_deviance",
        "2 mean(y ln(y / p) - y + p)",
        _SKLEARN + "mean_poisson_deviance",
        unit=_TARGET,
        needs=(Need.NON_NEGATIVE_TRUE, Need.POSITIVE_PRED),
        is_row_mean=True,
    ),
    _metric(
        "gamma_deviance",
        "2 mean(ln(p / y) + y / p - 1)",
        _SKLEARN + "mean_gamma_deviance",
        needs=(Need.POSITIVE,),
        is_row_mean=True,
    ),
    _metric(
        "r2",
        "1 - sum((y - p)^2) / sum((y - mean(y))^2)",
        _SKLEARN + "r2_score",
        higher_is_better=True,
        bounds=(-INF, 1.0),
        needs=(Need.VARYING_TRUE,),
    ),
    _metric(
        "explained_variance",
        "1 - var(y - p) / var(y)",
        _SKLEARN + "explained_variance_score",
        on_constant="0",
        higher_is_better=True,
        bounds=(-INF, 1.0),
        needs=(Need.VARYING_TRUE,),
    ),
    _metric(
        "d2_absolute_error",
        "1 - MAE / MAE of the median of y",
        _SKLEARN + "d2_absolute_error_score",
        higher_is_better=True,
        bounds=(-INF, 1.0),
        needs=(Need.VARYING_TRUE,),
    ),
    _correlation("pearson", "cov(y, p) / (sd(y) sd(p))", "SciPy, scipy.stats.pearsonr"),
    _correlation("spearman", "Pearson's correlation of the ranks", "SciPy, scipy.stats.spearmanr"),
    _correlation("kendall", "tau-b: (C - D) / sqrt((C+D+T_y)(C+D+T_p))", "SciPy, scipy.stats.kendalltau"),
    _correlation(
        "concordance_correlation",
        "2 cov(y, p) / (var(y) + var(p) + (mean(y) - mean(p))^2)",
        "torchmetrics, ConcordanceCorrCoef; Lin 1989",
    ),
    _correlation(
        "pearson_and_spearman",
        "(Pearson + Spearman) / 2",
        "SciPy; GLUE's score of STS-B, Wang et al. 2018",
    ),
    _metric(
        "log_mae",
        "mean over groups of ln(max(MAE of the group, 1e-9))",
        "scikit-learn, mean_absolute_error of each group",
        wants=Wants.GROUPED_VALUES,
        bounds=(log(1e-9), INF),
        unit=f"ln of the {_TARGET}",
    ),
    _metric(
        "mcrmse",
        "mean over columns of RMSE",
        _SKLEARN + "root_mean_squared_error(multioutput='uniform_average')",
        unit=_TARGET,
        **_COLUMNS,
    ),
    _metric(
        "mcrmsle",
        "mean over columns of RMSLE",
        _SKLEARN + "root_mean_squared_log_error(multioutput='uniform_average')",
        unit="nat",
        needs=(Need.NON_NEGATIVE,),
        **_COLUMNS,
    ),
    _metric(
        "mean_column_spearman",
        "mean over columns of Spearman's correlation",
        "SciPy, scipy.stats.spearmanr",
        higher_is_better=True,
        bounds=(-1.0, 1.0),
        needs=(Need.VARYING_TRUE, Need.VARYING_PRED),
        **_COLUMNS,
    ),
    *(
        _metric(
            f"haversine_{name}",
            f"{words} of the distance, {_POINTS}",
            "haversine formula, Sinnott 1984; radius: mean radius R1 of IUGG",
            compute="haversine",
            fixed={"share": share},
            n_columns=2,
            bounds=(0.0, 20015.2),
            unit="km",
            **_COLUMNS,
        )
        for name, words, share in (
            ("mean", "mean", -1.0),
            ("p50", "median", 0.5),
            ("p95", "95th percentile", 0.95),
        )
    ),
)
