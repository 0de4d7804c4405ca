"""Computes the metrics of `scoring.catalogue.survival`."""

import numpy as np

from scoring.metrics.base import MetricInputs


def concordance_index(arrays: MetricInputs) -> float:
    """Return Harrell's concordance of risks with times."""
    from sksurv.metrics import concordance_index_censored

    assert arrays.y_score is not None  # noqa: S101  # checked by the registry
    time, event = arrays.y_true[:, 0].astype(np.float64), arrays.y_true[:, 1] > 0
    return float(concordance_index_censored(event, time, arrays.y_score)[0])
