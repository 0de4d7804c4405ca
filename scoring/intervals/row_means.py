"""Intervals of means whose rows an organizer's own scorer knows."""

from collections.abc import Sequence

import numpy as np

from scoring.contract import BootstrapRequest, MetricValue, NoInterval
from scoring.intervals.resampling import draw
from scoring.intervals.summary import MIN_UNITS, summarised


def with_rows(
    found: MetricValue, rows: Sequence[float], asked: BootstrapRequest, *, seed: int
) -> MetricValue:
    """Return a mean over hidden rows with its interval.

    Args:
        found: the mean.
        rows: numbers it is the mean of, in the reference's order.
        asked: how.
        seed: of the problem version.
    """
    if len(rows) < MIN_UNITS:
        return summarised(found, NoInterval.FEW, asked)
    values = np.asarray(rows, dtype=np.float64)
    drawn = draw(values.size, n_replicates=asked.n_replicates, seed=seed, split=found.split)
    sums = drawn.sums(lambda part: np.column_stack([values[part], np.ones(values[part].size)]), 2)
    return summarised(found, (sums[:, 0] / sums[:, 1]).tolist(), asked)
