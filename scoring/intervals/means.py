"""Intervals of means over test cases or episodes. Pure, without NumPy, which their scorers do not load.

They say how far the mean would move with other cases drawn as these were.
"""

import random
from collections.abc import Sequence

from scoring.contract import MetricValue, NoInterval, ScoringRequest
from scoring.intervals.summary import MIN_UNITS, summarised
from scoring.reference_splits import SPLITS


def with_mean_interval(
    found: MetricValue,
    request: ScoringRequest,
    values: Sequence[float],
    weights: Sequence[float] | None = None,
) -> MetricValue:
    """Return the value of a mean over cases with its interval, by the plain bootstrap.

    Args:
        found: the value.
        request: says whether and how.
        values: of the cases, in the reference's order: the draws of two submissions are then paired.
        weights: of the cases; None for equal ones.
    """
    asked = request.bootstrap
    if asked is None or found.value is None:
        return found
    if len(values) < MIN_UNITS:
        return summarised(found, NoInterval.FEW, asked)
    rng = random.Random(f"{request.seed} {SPLITS.index(found.split)}")  # noqa: S311 - no secret
    weights = weights or [1.0] * len(values)
    replicates = []
    for _ in range(asked.n_replicates):
        drawn = rng.choices(range(len(values)), k=len(values))
        total = sum(weights[case] for case in drawn)
        replicates.append(sum(values[case] * weights[case] for case in drawn) / total)
    return summarised(found, replicates, asked)
