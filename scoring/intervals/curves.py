"""Areas under curves: they depend on the order of all rows, so rows are sorted once for all replicates.

Of few rows: weighted areas, exactly. Of more: the area's linear part (Hájek projection), whose rows
have the *placement values* of DeLong, DeLong and Clarke-Pearson 1988 (Sen 1960):
V(s+) = P(s- < s+) + P(s- = s+) / 2 and V(s-) = P(s+ > s-) + P(s+ = s-) / 2. What it leaves out is of the
order of 1 / n, where the standard error is of the order of 1 / sqrt(n).
"""

from collections.abc import Callable

import numpy as np

from scoring.intervals.resampling import MAX_UNITS, Resampling
from scoring.metrics.base import PART_ROWS, Array

MAX_EXACT = 1000
_UNIT_BITS = 12
assert 1 << _UNIT_BITS == MAX_UNITS  # noqa: S101  # a unit fits into the bits that are put aside for it
_UNIT_MASK = np.uint64(MAX_UNITS - 1)
_SIGN, _ALL_BITS = np.uint64(1 << 63), np.uint64(2**64 - 1)


def _keys(y_score: Array, units: Array, chosen: Array) -> Array:
    """Return sorted whole numbers: a score in the order of floats, its last 12 bits a unit's number.

    Scores that agree in 40 bits of 52 then count as equal, which is a relative distance of 1e-12. One sort of
    plain numbers is ten times as fast as one that also tells where each came from.
    """
    keys = np.empty(int(np.count_nonzero(chosen)), dtype=np.uint64)
    at = 0
    for start in range(0, y_score.shape[0], PART_ROWS):
        part = slice(start, start + PART_ROWS)
        rows = chosen[part]
        bits = (y_score[part][rows].astype(np.float64) + 0.0).view(np.uint64)  # -0.0 becomes 0.0
        bits ^= np.where(bits >= _SIGN, _ALL_BITS, _SIGN)
        bits &= ~_UNIT_MASK
        bits |= units[part][rows]
        keys[at : at + bits.size] = bits
        at += bits.size
    keys.sort()
    return keys


def _by_unit(keys: Array, twice_below: Callable[[slice], Array], n_others: int) -> Array:
    """Return for each unit the number of its rows and the sum over them of the share of others below."""
    found = np.zeros((MAX_UNITS, 2))
    for start in range(0, keys.size, PART_ROWS):
        part = slice(start, min(start + PART_ROWS, keys.size))
        units = (keys[part] & _UNIT_MASK).astype(np.intp)
        found[:, 0] += np.bincount(units, minlength=MAX_UNITS)
        found[:, 1] += np.bincount(units, twice_below(part) / (2.0 * n_others), minlength=MAX_UNITS)
    return found


def _placements(positive: Array, negative: Array) -> tuple[Array, Array]:
    """Return what `_by_unit` does, of positives and of negatives, whose sorted keys these are."""
    first = np.searchsorted(negative, positive & ~_UNIT_MASK, side="left")
    last = np.searchsorted(negative, positive | _UNIT_MASK, side="right")

    def below_negatives(part: slice) -> Array:
        # A positive is below the n-th negative where n >= last, and no higher than it where n >= first.
        steps = np.zeros(part.stop - part.start)
        for bounds in (first, last):
            begin, end = np.searchsorted(bounds, (part.start, part.stop))
            steps += np.bincount(bounds[begin:end] - part.start, minlength=steps.size)
            steps[0] += begin
        return np.cumsum(steps)

    return (
        _by_unit(positive, lambda part: first[part] + last[part], negative.size),
        _by_unit(negative, below_negatives, positive.size),
    )


def _linear_areas(y_true: Array, y_score: Array, drawn: Resampling, value: float) -> Array:
    units = np.arange(drawn.n_rows, dtype=np.uint16) if drawn.units is None else drawn.units
    is_positive = y_true == 1
    positive = _keys(y_score, units, is_positive)
    negative = _keys(y_score, units, ~is_positive)
    n_units = drawn.weights.shape[1]
    won, lost = (drawn.weights @ sums[:n_units] for sums in _placements(positive, negative))
    # Of a negative the share of positives above is one minus the share below.
    return np.asarray(won[:, 1] / won[:, 0] + (1 - lost[:, 1] / lost[:, 0]) - value)


def _weighted_areas(y_true: Array, y_score: Array, drawn: Resampling, _value: float) -> Array:
    order, ends = _steps(y_score)
    weights = drawn.weights[:, order]
    positive = np.cumsum(weights * (y_true[order] == 1), axis=1)[:, ends]
    negative = np.cumsum(weights, axis=1)[:, ends] - positive
    # From the highest score down: trapezoids between the points of the ROC curve.
    rises = np.diff(negative, axis=1, prepend=0.0)
    before = np.concatenate([np.zeros((positive.shape[0], 1)), positive[:, :-1]], axis=1)
    doubled = (rises * (positive + before)).sum(axis=1)
    return np.asarray(doubled / (2 * positive[:, -1] * negative[:, -1]))


def _steps(y_score: Array) -> tuple[Array, Array]:
    """Return rows from the highest score down, and the last of each run of equal scores."""
    order = np.argsort(-y_score, kind="stable")
    ends = np.flatnonzero(np.r_[np.diff(y_score[order]) != 0, True])
    return order, ends


def areas(y_true: Array, y_score: Array, drawn: Resampling, value: float) -> Array:
    """Return the area under the ROC curve of every replicate, float array of shape (n_replicates,).

    Args:
        y_true: int array of shape (n_samples,), 1 for the positive class.
        y_score: float array of shape (n_samples,).
        drawn: the weights.
        value: the area of all rows.

    Returns:
        NaN where a replicate holds one class alone.
    """
    compute: Callable[..., Array] = _weighted_areas if drawn.n_rows <= MAX_EXACT else _linear_areas
    return compute(y_true, y_score, drawn, value)


def average_precisions(y_true: Array, y_score: Array, weights: Array) -> Array:
    """Return the average precision of every replicate, exactly. Arguments as of `areas`."""
    order, ends = _steps(y_score)
    weights = weights[:, order]
    positive = np.cumsum(weights * (y_true[order] == 1), axis=1)[:, ends]
    total = np.cumsum(weights, axis=1)[:, ends]
    precision = positive / np.maximum(total, 1.0)
    gains = np.diff(positive, axis=1, prepend=0.0)
    return np.asarray((gains * precision).sum(axis=1) / positive[:, -1])
