"""From replicates to an interval. Pure, without NumPy: the judge does this for derived metrics too.

The interval is the value and so many standard errors of the replicates to both sides (Efron and Tibshirani
1993, chapter 13), cut to the metric's bounds: 200 replicates tell a standard error well, percentiles badly.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist

from scoring.contract import BootstrapRequest, Interval, MetricValue, NoInterval

MIN_UNITS = 10  # rows, groups, records or cases; of fewer, replicates say nothing
MIN_DEFINED = 0.9


def summarised(
    found: MetricValue,
    replicates: Sequence[float] | NoInterval,
    asked: BootstrapRequest,
    *,
    bounds: tuple[float, float] = (-math.inf, math.inf),
) -> MetricValue:
    """Return a value with the interval that its replicates give.

    Args:
        found: the value.
        replicates: NaN where undefined; or why there are none.
        asked: level, and whose replicates are kept.
        bounds: lowest and highest value possible.
    """
    if isinstance(replicates, NoInterval) or found.value is None:
        return found.model_copy(update={"no_interval": replicates})
    defined = [one for one in replicates if math.isfinite(one)]
    if len(defined) < MIN_DEFINED * len(replicates):
        return found.model_copy(update={"no_interval": NoInterval.UNDEFINED})
    std_error = _deviation(defined)
    reach = NormalDist().inv_cdf((1 + asked.level) / 2) * std_error
    if not math.isfinite(abs(found.value) + reach):
        return found.model_copy(update={"no_interval": NoInterval.UNDEFINED})
    interval = Interval(
        low=max(bounds[0], found.value - reach),
        high=min(bounds[1], found.value + reach),
        std_error=std_error,
        level=asked.level,
        n_replicates=len(defined),
    )
    is_kept = found.key in asked.keys_of_replicates
    kept = tuple(one if math.isfinite(one) else None for one in replicates) if is_kept else ()
    return found.model_copy(update={"interval": interval, "replicates": kept})


def _deviation(values: Sequence[float]) -> float:
    """Return the sample's standard deviation; infinite where it overflows."""
    mean = math.fsum(value / len(values) for value in values)
    try:
        return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
    except OverflowError:
        return math.inf
