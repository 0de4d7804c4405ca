"""Puts a contestant's rows into the reference's order, and finds ids missing, unknown or repeated.

No hash join: integer ids are usually the reference's own order (then values are copied through) or
dense (then a table of positions does), so ten million rows cost a few bytes each.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scoring.faults import EXAMPLES_PER_KIND, FaultLog, Param, echo
from scoring.readers.base import Array, RowBatch, RowNumbers, TableSpec
from scoring.readers.columns import log_where

_UNKNOWN = -1
_WORD = 2**64


class _Index(Protocol):
    """Finds the reference position of an id."""

    def positions(self, ids: Any) -> Array:  # noqa: ANN401  # int64 array or Arrow strings
        """Return int array of shape (n,), -1 for an unknown id."""

    def id_at(self, position: int) -> str:
        """Return the id at a reference position, for messages."""


class _DenseIndex:
    """Ids that fill most of a range: one table look-up each."""

    def __init__(self, ids: Array) -> None:
        self._low, self._high = int(ids.min()), int(ids.max())
        self._table = np.full(self._high - self._low + 1, _UNKNOWN, dtype=np.int32)
        self._table[ids - self._low] = np.arange(ids.size, dtype=np.int32)

    def positions(self, ids: Any) -> Array:  # noqa: ANN401
        """Return int array of shape (n,), -1 for an unknown id."""
        inside = (ids >= self._low) & (ids <= self._high)
        if inside.all():
            found: Array = self._table[ids - self._low]
            return found
        found = np.full(ids.size, _UNKNOWN, dtype=np.int32)
        found[inside] = self._table[ids[inside] - self._low]
        return found

    def id_at(self, position: int) -> str:
        """Return the id at a reference position."""
        return str(int(np.flatnonzero(self._table == position)[0]) + self._low)


class _SortedIndex:
    """Ids scattered over a wide range: binary search."""

    def __init__(self, ids: Array) -> None:
        self._order = np.argsort(ids, kind="stable")
        self._sorted = ids[self._order]

    def positions(self, ids: Any) -> Array:  # noqa: ANN401
        """Return int array of shape (n,), -1 for an unknown id."""
        place = np.minimum(np.searchsorted(self._sorted, ids), self._sorted.size - 1)
        return np.where(self._sorted[place] == ids, self._order[place], _UNKNOWN)

    def id_at(self, position: int) -> str:
        """Return the id at a reference position."""
        return str(int(self._sorted[np.flatnonzero(self._order == position)[0]]))


class _TextIndex:
    """Text ids: Arrow's hash table, built once because batches are gathered first."""

    def __init__(self, ids: Any) -> None:  # noqa: ANN401  # Arrow strings
        self._ids = ids

    def positions(self, ids: Any) -> Array:  # noqa: ANN401
        """Return int array of shape (n,), -1 for an unknown id."""
        found: Array = (
            pc.index_in(ids, value_set=self._ids).fill_null(_UNKNOWN).to_numpy(zero_copy_only=False)
        )
        return found

    def id_at(self, position: int) -> str:
        """Return the id at a reference position."""
        return echo(self._ids[position].as_py())


class Aligner:
    """Takes batches, gives back columns in the reference's order.

    Args:
        ids: the reference's ids, int64 array or Arrow string array; the caller should let go of its
            own copy.
        spec: what the table must look like.
        faults: where what is wrong with ids is noted.
    """

    def __init__(self, ids: Any, spec: TableSpec, faults: FaultLog) -> None:  # noqa: ANN401
        self._ids = ids
        self._spec = spec
        self._faults = faults
        self._n = len(ids)
        self._index: _Index | None = None
        self._first_row = np.zeros(0, dtype=np.int32)  # of each position; 0: not seen
        self._in_order: list[RowBatch] = []  # rows only; see `_remember`
        self._gathered: list[RowBatch] = []  # text ids
        self._values: dict[str, Array] = {
            column.name: np.zeros(self._n, dtype=np.float64 if column.kind == "float" else np.int64)
            for column in spec.columns
        }
        self._range = _IdRange() if spec.ids_are_int else None
        self.n_records = 0

    def add(self, batch: RowBatch) -> None:
        """Take one batch; unknown and repeated ids are noted."""
        if batch.n_rows == 0:
            return
        start, self.n_records = self.n_records, self.n_records + batch.n_rows
        if batch.ids is None:
            self._copy(batch, slice(0, batch.n_rows))
            self._remember(batch)
        elif not self._spec.ids_are_int:
            self._gathered.append(batch)
        else:
            assert self._range is not None  # noqa: S101  # set with ids_are_int
            self._range.add(batch.ids)
            if self._index is None and np.array_equal(batch.ids, self._ids[start : self.n_records]):
                self._copy(batch, slice(start, self.n_records))
                self._remember(batch)
            else:
                self._place(batch)

    def finish(self) -> Mapping[str, Array]:
        """Note missing ids and return the columns, or nothing of use if there were faults."""
        if self._gathered:
            self._place(_concatenate(self._gathered))
            self._gathered.clear()
        if self._index is not None:
            self._note_missing(np.flatnonzero(self._first_row == 0))
        elif self.n_records < self._n:
            self._note_missing(np.arange(self.n_records, self._n))
        return self._values

    def _copy(self, batch: RowBatch, where: slice) -> None:
        for name, column in self._values.items():
            column[where] = batch.values[name]

    def _remember(self, batch: RowBatch) -> None:
        self._in_order.append(RowBatch(ids=None, values={}, rows=batch.rows, n_rows=batch.n_rows))

    def _start_index(self) -> None:
        if not self._spec.ids_are_int:
            self._index = _TextIndex(self._ids)
        elif int(self._ids.max()) - int(self._ids.min()) < 4 * self._n + 1024:
            self._index = _DenseIndex(self._ids)
        else:
            self._index = _SortedIndex(self._ids)
        if self._spec.ids_are_int:
            assert self._range is not None  # noqa: S101  # set with ids_are_int
            self._range.expect(self._ids)
            self._ids = None  # eight bytes a row that the index replaces
        self._first_row = np.zeros(self._n, dtype=np.int32)
        start = 0
        for batch in self._in_order:
            self._first_row[start : start + batch.n_rows] = _row_array(batch)
            start += batch.n_rows
        self._in_order.clear()

    def _place(self, batch: RowBatch) -> None:
        if self._index is None:
            self._start_index()
        assert self._index is not None  # noqa: S101  # just started
        found = self._index.positions(batch.ids)
        is_known = found != _UNKNOWN
        rows = _row_array(batch)
        if not is_known.all():
            log_where(
                ~is_known, "id-unknown", batch.rows, self._faults, lambda i: {"id": _shown(batch.ids, i)}
            )
        positions, rows = found[is_known], rows[is_known]
        is_new = self._first_row[positions] == 0
        # Written backwards, so that of equal ids within the batch the first one stays.
        self._first_row[positions[is_new][::-1]] = rows[is_new][::-1]
        first = self._first_row[positions]
        if not np.array_equal(first, rows):
            known = np.flatnonzero(is_known)
            mask = np.zeros(batch.n_rows, dtype=bool)
            mask[known[first != rows]] = True
            first_rows = np.zeros(batch.n_rows, dtype=np.int32)
            first_rows[known] = first
            log_where(
                mask,
                "id-duplicate",
                batch.rows,
                self._faults,
                lambda i: {"id": _shown(batch.ids, i), "first_row": int(first_rows[i])},
            )
        for name, column in self._values.items():
            column[positions] = batch.values[name] if is_known.all() else batch.values[name][is_known]

    def _note_missing(self, positions: Array) -> None:
        if positions.size == 0:
            return
        if self._range is not None and self._index is not None:
            shift = self._range.shift(self._n, self.n_records)
            if shift:
                self._faults.forget("id-unknown", "id-missing")
                self._faults.add("ids-shifted", **shift)
                return
        for position in positions[:EXAMPLES_PER_KIND].tolist():
            if self._index is not None:
                shown = self._index.id_at(position)
            elif self._spec.ids_are_int:
                shown = str(int(self._ids[position]))
            else:
                shown = echo(self._ids[position].as_py())
            self._faults.add("id-missing", id=shown)
        self._faults.add_uncounted("id-missing", positions.size - EXAMPLES_PER_KIND)


class _IdRange:
    """Extent and sum of the contestant's ids, to recognise that all are off by one."""

    def __init__(self) -> None:
        self._found: tuple[int, int] | None = None
        self._expected = (0, 0)
        self._sum = 0
        self._expected_sum = 0

    def add(self, ids: Array) -> None:
        """Take some of the contestant's ids."""
        low, high = int(ids.min()), int(ids.max())
        if self._found is not None:
            low, high = min(low, self._found[0]), max(high, self._found[1])
        self._found = (low, high)
        self._sum += int(ids.sum())  # wraps at 64 bits, so it is compared modulo that

    def expect(self, ids: Array) -> None:
        """Take the reference's ids."""
        self._expected = (int(ids.min()), int(ids.max()))
        self._expected_sum = int(ids.sum())

    def shift(self, n_expected: int, n_found: int) -> dict[str, Param]:
        """Return the parameters of `ids-shifted` if one constant explains everything, else {}."""
        if self._found is None or n_expected != n_found:
            return {}
        offset = self._found[0] - self._expected[0]
        is_same_shape = (
            offset != 0
            and self._found[1] - self._expected[1] == offset
            and (self._sum - self._expected_sum - offset * n_expected) % _WORD == 0
        )
        if not is_same_shape:
            return {}
        return {
            "offset": f"{offset:+d}",
            "found_first": str(self._found[0]),
            "found_last": str(self._found[1]),
            "expected_first": str(self._expected[0]),
            "expected_last": str(self._expected[1]),
        }


def _row_array(batch: RowBatch) -> Array:
    if batch.rows.explicit is not None:
        return batch.rows.explicit.astype(np.int32)
    return np.arange(batch.rows.start, batch.rows.start + batch.n_rows, dtype=np.int32)


def _shown(ids: Any, record: int) -> str:  # noqa: ANN401  # int64 array or Arrow strings
    return echo(ids[record].as_py()) if isinstance(ids, pa.Array) else str(int(ids[record]))


def _concatenate(batches: list[RowBatch]) -> RowBatch:
    rows = np.concatenate([_row_array(batch) for batch in batches])
    return RowBatch(
        ids=pa.concat_arrays([batch.ids for batch in batches]),
        values={
            name: np.concatenate([batch.values[name] for batch in batches]) for name in batches[0].values
        },
        rows=RowNumbers(int(rows[0]), rows),
        n_rows=rows.size,
    )
