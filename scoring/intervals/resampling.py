"""Random weights on hidden rows, and sums under them.

Up to `MAX_UNITS` rows each row is drawn by itself: the plain bootstrap. More rows are dealt at random into
`MAX_UNITS` buckets, and buckets are drawn with replacement instead (a cluster bootstrap of ratio estimators:
Field and Welsh 2007; rows fall into buckets by chance, so buckets are as alike as rows are). The relative
error of a standard error is then about 1 / sqrt(2 * 4096), a hundredth; 200 replicates have a twentieth.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scoring.contract import Split
from scoring.metrics.base import PART_ROWS, Array
from scoring.reference_splits import SPLITS

MAX_UNITS = 4096
Statistics = Callable[[slice], Array]


@dataclass(frozen=True, slots=True)
class Resampling:
    """Weights of every replicate.

    Attributes:
        n_rows: of the split.
        units: uint16 array of shape (n_rows,), the bucket of each row; None where each row is its own unit.
        weights: float array of shape (n_replicates, n_units): how often each unit was drawn.
        seed: of further draws.
    """

    n_rows: int
    units: Array | None
    weights: Array
    seed: tuple[int, int]

    @property
    def n_replicates(self) -> int:
        """Return how many there are."""
        return int(self.weights.shape[0])

    @property
    def is_plain(self) -> bool:
        """Return whether each row is drawn by itself."""
        return self.units is None

    def totals(self, statistics: Statistics, n_columns: int) -> Array:
        """Return sums of statistics of rows by unit, float array of shape (n_units, n_columns).

        Args:
            statistics: gives those of a stretch of rows, shape (rows, n_columns).
            n_columns: how many.
        """
        if self.units is None:
            return np.asarray(statistics(slice(None)), dtype=np.float64)
        found = np.zeros((self.weights.shape[1], n_columns))
        for start in range(0, self.n_rows, PART_ROWS):
            rows = slice(start, start + PART_ROWS)
            units, values = self.units[rows].astype(np.intp), statistics(rows)
            for column in range(n_columns):
                found[:, column] += np.bincount(units, values[:, column], minlength=found.shape[0])
        return found

    def sums(self, statistics: Statistics, n_columns: int) -> Array:
        """Return weighted sums of statistics of rows, float array of shape (n_replicates, n_columns)."""
        total: Array = self.weights @ self.totals(statistics, n_columns)
        return total


def _counts(rng: np.random.Generator, n_replicates: int, n_units: int) -> Array:
    """Return how often each of `n_units` was drawn in as many draws, shape (n_replicates, n_units)."""
    drawn = rng.integers(0, n_units, size=(n_replicates, n_units), dtype=np.int32)
    drawn += (np.arange(n_replicates, dtype=np.int32) * n_units)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=n_replicates * n_units)
    return counts.reshape(n_replicates, n_units).astype(np.float64)


def draw(n_rows: int, *, n_replicates: int, seed: int, split: Split) -> Resampling:
    """Return the weights of a split.

    Args:
        n_rows: of it, one at least.
        n_replicates: how many.
        seed: of the problem version.
        split: which; each draws of its own.
    """
    source = (seed % 2**64, SPLITS.index(split))
    rng = np.random.default_rng(source)
    weights = _counts(rng, n_replicates, min(n_rows, MAX_UNITS))
    units = rng.integers(0, MAX_UNITS, size=n_rows, dtype=np.uint16) if n_rows > MAX_UNITS else None
    return Resampling(n_rows, units, weights, source)
