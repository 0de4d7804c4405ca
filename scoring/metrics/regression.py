"""Metrics of real predictions, bound to scikit-learn and SciPy.

`y_true` and `y_score`: real arrays of shape (n_samples,).
"""

from typing import Any

from scoring.metrics.base import Array, Family, Metric, MetricInputs, Need, Wants

_INF = float("inf")


def _values(arrays: MetricInputs) -> tuple[Array, Array]:
    assert arrays.y_score is not None  # noqa: S101  # `Wants.VALUES`, checked by the registry
    return arrays.y_true, arrays.y_score


def mae(arrays: MetricInputs) -> float:
    """Return the mean absolute error."""
    from sklearn.metrics import mean_absolute_error

    return float(mean_absolute_error(*_values(arrays)))


def mse(arrays: MetricInputs) -> float:
    """Return the mean squared error."""
    from sklearn.metrics import mean_squared_error

    return float(mean_squared_error(*_values(arrays)))


def rmse(arrays: MetricInputs) -> float:
    """Return the root of the mean squared error."""
    from sklearn.metrics import root_mean_squared_error

    return float(root_mean_squared_error(*_values(arrays)))


def r2(arrays: MetricInputs) -> float:
    """Return the coefficient of determination."""
    from sklearn.metrics import r2_score

    return float(r2_score(*_values(arrays)))


def mape(arrays: MetricInputs) -> float:
    """Return the mean absolute error relative to the truth, as a fraction."""
    from sklearn.metrics import mean_absolute_percentage_error

    return float(mean_absolute_percentage_error(*_values(arrays)))


def rmsle(arrays: MetricInputs) -> float:
    """Return the root mean squared error of `log(1 + y)`."""
    from sklearn.metrics import root_mean_squared_log_error

    return float(root_mean_squared_log_error(*_values(arrays)))


def median_ae(arrays: MetricInputs) -> float:
    """Return the median absolute error."""
    from sklearn.metrics import median_absolute_error

    return float(median_absolute_error(*_values(arrays)))


def pearson(arrays: MetricInputs) -> float:
    """Return Pearson's linear correlation."""
    from scipy.stats import pearsonr

    return float(pearsonr(*_values(arrays)).statistic)


def spearman(arrays: MetricInputs) -> float:
    """Return Spearman's rank correlation; ties get average ranks."""
    from scipy.stats import spearmanr

    return float(spearmanr(*_values(arrays)).statistic)


def kendall(arrays: MetricInputs) -> float:
    """Return Kendall's tau-b."""
    from scipy.stats import kendalltau

    return float(kendalltau(*_values(arrays)).statistic)


def _error(name: str, formula: str, source: str, compute: Any, **rest: Any) -> Metric:  # noqa: ANN401
    return Metric(
        name=name,
        family=Family.REGRESSION,
        wants=Wants.VALUES,
        higher_is_better=False,
        bounds=(0.0, _INF),
        formula=formula,
        source=f"scikit-learn, {source}",
        compute=compute,
        **rest,
    )


def _correlation(name: str, formula: str, source: str, compute: Any) -> Metric:  # noqa: ANN401
    return Metric(
        name=name,
        family=Family.REGRESSION,
        wants=Wants.VALUES,
        higher_is_better=True,
        bounds=(-1.0, 1.0),
        formula=formula,
        source=f"SciPy, scipy.stats.{source}",
        compute=compute,
        needs=(Need.VARYING_TRUE, Need.VARYING_PRED),
    )


METRICS: tuple[Metric, ...] = (
    _error("mae", "mean(|y - p|)", "mean_absolute_error", mae, is_row_mean=True),
    _error("mse", "mean((y - p)^2)", "mean_squared_error", mse, is_row_mean=True),
    _error("rmse", "sqrt(mean((y - p)^2))", "root_mean_squared_error", rmse),
    _error(
        "mape",
        "mean(|y - p| / |y|)",
        "mean_absolute_percentage_error",
        mape,
        needs=(Need.NON_ZERO_TRUE,),
        is_row_mean=True,
    ),
    _error(
        "rmsle",
        "sqrt(mean((ln(1 + y) - ln(1 + p))^2))",
        "root_mean_squared_log_error",
        rmsle,
        needs=(Need.NON_NEGATIVE,),
    ),
    _error("median_ae", "median(|y - p|)", "median_absolute_error", median_ae),
    Metric(
        name="r2",
        family=Family.REGRESSION,
        wants=Wants.VALUES,
        higher_is_better=True,
        bounds=(-_INF, 1.0),
        formula="1 - sum((y - p)^2) / sum((y - mean(y))^2)",
        source="scikit-learn, r2_score",
        compute=r2,
        needs=(Need.VARYING_TRUE,),
    ),
    _correlation("pearson", "cov(y, p) / (sd(y) sd(p))", "pearsonr", pearson),
    _correlation("spearman", "Pearson's correlation of the ranks", "spearmanr", spearman),
    _correlation("kendall", "tau-b: (C - D) / sqrt((C+D+T_y)(C+D+T_p))", "kendalltau", kendall),
)
