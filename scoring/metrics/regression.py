"""Computes the metrics of `scoring.catalogue.regression`."""

import numpy as np

from scoring.metrics.base import Array, MetricInputs

_EARTH_KM = 6371.0088
_LEAST_MAE = 1e-9


def _values(arrays: MetricInputs) -> tuple[Array, Array]:
    assert arrays.y_score is not None  # noqa: S101  # checked by the registry
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


def nrmse(arrays: MetricInputs, *, by: str) -> float:
    """Return the root of the mean squared error relative to the range, mean or deviation of the truth."""
    y_true = arrays.y_true
    scales = {"range": np.ptp(y_true), "mean": abs(y_true.mean()), "sd": y_true.std()}
    return float(np.divide(rmse(arrays), scales[by]))


def rmspe(arrays: MetricInputs) -> float:
    """Return the root of the mean squared relative error, as a fraction."""
    from sklearn.metrics import root_mean_squared_error

    y_true, y_pred = _values(arrays)
    return float(root_mean_squared_error(np.ones(y_true.shape[0]), y_pred / y_true))


def laplace_log_likelihood(arrays: MetricInputs, *, min_spread: float, max_error: float) -> float:
    """Return the mean log-likelihood of the truth; `y_score`: (n_samples, 2), prediction and spread."""
    y_true, predicted = _values(arrays)
    error = np.minimum(np.abs(y_true.reshape(-1) - predicted[:, 0]), max_error)
    scale = np.sqrt(2.0) * np.maximum(predicted[:, 1], min_spread)
    return float((-2 * error / scale - np.log(scale)).mean())


def angular_error(arrays: MetricInputs) -> float:
    """Return the mean angle between directions, in radians."""
    (azimuth, zenith), (to_azimuth, to_zenith) = (one.T[:2] for one in _values(arrays))
    return float(_arc(np.pi / 2 - zenith, azimuth, np.pi / 2 - to_zenith, to_azimuth).mean())


def _arc(latitude: Array, longitude: Array, to_latitude: Array, to_longitude: Array) -> Array:
    """Return the angle between points on a sphere, all in radians."""
    chord = (
        np.sin((to_latitude - latitude) / 2) ** 2
        + np.cos(latitude) * np.cos(to_latitude) * np.sin((to_longitude - longitude) / 2) ** 2
    )
    angle: Array = 2 * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0)))
    return angle


def relative_squared_error(arrays: MetricInputs) -> float:
    """Return the squared error relative to that of the mean of the truth."""
    return 1 - r2(arrays)


def smape(arrays: MetricInputs) -> float:
    """Return the symmetric mean absolute percentage error, as a fraction."""
    import torch
    from torchmetrics.functional import symmetric_mean_absolute_percentage_error

    y_true, y_pred = (torch.as_tensor(np.asarray(one, dtype=np.float64)) for one in _values(arrays))
    return float(symmetric_mean_absolute_percentage_error(y_pred, y_true))


def max_error(arrays: MetricInputs) -> float:
    """Return the largest absolute error."""
    from sklearn.metrics import max_error as sklearn_max_error

    return float(sklearn_max_error(*_values(arrays)))


def pinball(arrays: MetricInputs, *, alpha: float) -> float:
    """Return the mean pinball loss of a predicted quantile."""
    from sklearn.metrics import mean_pinball_loss

    return float(mean_pinball_loss(*_values(arrays), alpha=alpha))


def poisson_deviance(arrays: MetricInputs) -> float:
    """Return the mean Poisson deviance."""
    from sklearn.metrics import mean_poisson_deviance

    return float(mean_poisson_deviance(*_values(arrays)))


def gamma_deviance(arrays: MetricInputs) -> float:
    """Return the mean gamma deviance."""
    from sklearn.metrics import mean_gamma_deviance

    return float(mean_gamma_deviance(*_values(arrays)))


def explained_variance(arrays: MetricInputs) -> float:
    """Return the share of the variance that is explained."""
    from sklearn.metrics import explained_variance_score

    return float(explained_variance_score(*_values(arrays)))


def d2_absolute_error(arrays: MetricInputs) -> float:
    """Return the share by which the absolute error is lower than that of the median."""
    from sklearn.metrics import d2_absolute_error_score

    return float(d2_absolute_error_score(*_values(arrays)))


def concordance_correlation(arrays: MetricInputs) -> float:
    """Return Lin's concordance correlation coefficient."""
    import torch
    from torchmetrics.functional import concordance_corrcoef

    y_true, y_pred = (torch.as_tensor(np.asarray(one, dtype=np.float64)) for one in _values(arrays))
    return float(concordance_corrcoef(y_pred, y_true))


def pearson_and_spearman(arrays: MetricInputs) -> float:
    """Return the mean of Pearson's and Spearman's correlation."""
    return (pearson(arrays) + spearman(arrays)) / 2


def log_mae(arrays: MetricInputs) -> float:
    """Return the mean over groups of the logarithm of the mean absolute error."""
    y_true, y_pred = _values(arrays)
    groups = np.zeros(y_true.shape[0], dtype=np.int64) if arrays.groups is None else arrays.groups
    _, codes = np.unique(groups, return_inverse=True)
    sums = np.bincount(codes, weights=np.abs(y_true - y_pred))
    return float(np.log(np.maximum(sums / np.bincount(codes), _LEAST_MAE)).mean())


def mcrmse(arrays: MetricInputs) -> float:
    """Return the mean over columns of the root mean squared error."""
    return rmse(arrays)


def mcrmsle(arrays: MetricInputs) -> float:
    """Return the mean over columns of the root mean squared logarithmic error."""
    return rmsle(arrays)


def mean_column_spearman(arrays: MetricInputs) -> float:
    """Return the mean over columns of Spearman's correlation."""
    from scipy.stats import spearmanr

    y_true, y_pred = _values(arrays)
    found = [spearmanr(y_true[:, c], y_pred[:, c]).statistic for c in range(y_true.shape[1])]
    return float(np.mean(found))


def haversine(arrays: MetricInputs, *, share: float) -> float:
    """Return the distance in km on a sphere: the mean (`share` < 0), or a quantile of it."""
    (latitude, longitude), (to_latitude, to_longitude) = (np.radians(one.T[:2]) for one in _values(arrays))
    km = _EARTH_KM * _arc(latitude, longitude, to_latitude, to_longitude)
    return float(km.mean() if share < 0 else np.quantile(km, share))
