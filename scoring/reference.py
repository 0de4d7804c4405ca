"""Loads the organizer's reference table in a few bytes per row.

The reference is trusted; when it is broken the scorer stops with an error, never with a verdict.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute  # loads pa.compute

from scoring.errors import ReferenceBroken
from scoring.metrics.base import Array
from scoring.options import TableOptions
from scoring.reference_splits import SPLITS

_BATCH_ROWS = 262_144


class Targets(NamedTuple):
    """What is true, row by row.

    Attributes:
        y_true: shape (n_samples,); int class codes or numbers, in the smallest fitting type. Float of shape
            (n_samples, n_columns) for several target columns.
        split: int8 of shape (n_samples,), index into `SPLITS`.
        groups: int64 of shape (n_samples,), or None.
        classes: texts of a text target in code order, else empty.
    """

    y_true: Array
    split: Array
    groups: Array | None
    classes: tuple[str, ...]

    @property
    def n_classes(self) -> int:
        """Number of classes the target tells of; 2 for real targets."""
        if self.classes:
            return len(self.classes)
        if self.y_true.dtype.kind in "iu" and self.y_true.size and self.y_true.ndim == 1:
            return max(2, int(self.y_true.max()) + 1)
        return 2


class Reference(NamedTuple):
    """The reference table; `ids` is separate so that it can be let go once rows are aligned.

    Attributes:
        ids: int64 array, or Arrow string array, of shape (n_samples,); no value twice.
        targets: see `Targets`.
    """

    ids: Any
    targets: Targets


class _Source(NamedTuple):
    """The reference file, opened; `n_rows` is 0 when the format does not tell."""

    schema: Any
    batches: Iterator[Any]
    n_rows: int


def _open(folder: Path) -> _Source:
    parquet, text = folder / "reference.parquet", folder / "reference.csv"
    if parquet.is_file():
        import pyarrow.parquet as pq

        file = pq.ParquetFile(parquet, pre_buffer=False)
        batches = file.iter_batches(batch_size=_BATCH_ROWS, use_threads=False)
        return _Source(file.schema_arrow, batches, file.metadata.num_rows)
    if text.is_file():
        import pyarrow.csv as pacsv

        reader = pacsv.open_csv(text)
        return _Source(reader.schema, iter(reader), 0)
    raise ReferenceBroken(f"neither reference.parquet nor reference.csv in {folder}")


def _numbers(array: Any) -> Array:  # noqa: ANN401  # pyarrow has no types
    values: Array = array.to_numpy(zero_copy_only=False)
    if values.dtype.kind == "b":
        return values.astype(np.int8)
    if values.dtype.kind in "iu" and values.size:
        return values.astype(
            np.result_type(np.min_scalar_type(values.min()), np.min_scalar_type(values.max()))
        )
    return values


def _floats(array: Any, column: str) -> Array:  # noqa: ANN401  # pyarrow has no types
    try:
        values: Array = array.cast(pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowException as error:
        raise ReferenceBroken(f"column {column} is no number: {error}") from error
    return values


def _plain(array: Any) -> Any:  # noqa: ANN401  # pyarrow has no types
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    return array.cast(pa.string()) if pa.types.is_large_string(array.type) else array


def _codes(array: Any, texts: tuple[str, ...], column: str) -> Array:  # noqa: ANN401
    codes = pa.compute.index_in(_plain(array).cast(pa.string()), value_set=pa.array(texts, pa.string()))
    if codes.null_count:
        raise ReferenceBroken(f"column {column} holds a value outside {texts}")
    narrow = np.int8 if len(texts) < 127 else np.int32
    return np.asarray(codes.to_numpy(zero_copy_only=False)).astype(narrow)


class _Grown:
    """An array that is filled in place. A list of parts would leave the heap full of holes of their size.

    Args:
        n_expected: how many values will come, as far as that is known.
    """

    def __init__(self, n_expected: int) -> None:
        self._n_expected = n_expected
        self._array: Array | None = None
        self._n = 0

    def add(self, part: Array) -> None:
        """Append values, widening the type if they need it."""
        if self._array is None:
            self._array = np.empty(max(self._n_expected, part.size), dtype=part.dtype)
        wider = np.result_type(self._array.dtype, part.dtype)
        if wider != self._array.dtype:
            self._array = self._array.astype(wider)
        n_after = self._n + part.size
        if n_after > self._array.size:
            larger = np.empty(max(n_after, 2 * self._array.size), dtype=wider)
            larger[: self._n] = self._array[: self._n]
            self._array = larger
        self._array[self._n : n_after] = part
        self._n = n_after

    def array(self) -> Array:
        """Return what was added."""
        return np.zeros(0) if self._array is None else self._array[: self._n]


class _Columns:
    """The reference's columns while they are read, batch by batch."""

    def __init__(self, options: TableOptions, classes: tuple[str, ...], n_expected: int) -> None:
        self.options = options
        self.classes = classes
        self.ids = _Grown(n_expected)
        self.id_texts: list[Any] = []
        self.y_true = _Grown(n_expected)
        self.y_texts: list[Any] = []
        self.matrices: list[Array] = []
        self.split = _Grown(n_expected)
        self.groups: list[Any] = []

    def add(self, batch: Any) -> None:  # noqa: ANN401  # pyarrow has no types
        """Take the wanted columns out of a batch, in small types."""
        options = self.options
        ids = _plain(batch.column(options.id_column))
        if ids.null_count:
            raise ReferenceBroken(f"column {options.id_column} has empty ids")
        if pa.types.is_integer(ids.type):
            self.ids.add(ids.cast(pa.int64()).to_numpy(zero_copy_only=False))
        else:
            self.id_texts.append(ids.cast(pa.string()))
        if options.target_columns:
            columns = [_floats(batch.column(name), name) for name in options.target_columns]
            self.matrices.append(np.column_stack(columns))
        else:
            self._add_target(_plain(batch.column(options.target_column)))
        self.split.add(_codes(batch.column(options.split_column), SPLITS, options.split_column))
        if options.group_column:
            self.groups.append(_plain(batch.column(options.group_column)))

    def _add_target(self, target: Any) -> None:  # noqa: ANN401  # pyarrow has no types
        options = self.options
        if self.classes:
            self.y_true.add(_codes(target, self.classes, options.target_column))
        elif pa.types.is_string(target.type):
            self.y_texts.append(target)
        else:
            self.y_true.add(_numbers(target))

    def unique_ids(self) -> Any:  # noqa: ANN401  # int64 array or Arrow strings
        """Return the ids after checking that there are some and none twice."""
        if self.id_texts:
            texts = pa.chunked_array(self.id_texts).combine_chunks()
            is_unique = pa.compute.count_distinct(texts).as_py() == len(texts)
            if not is_unique:
                raise ReferenceBroken(f"column {self.options.id_column} has an id twice")
            return texts
        ids = self.ids.array()
        if ids.size == 0:
            raise ReferenceBroken("reference has no rows")
        if not bool(np.all(ids[1:] > ids[:-1])) and np.unique(ids).size != ids.size:
            raise ReferenceBroken(f"column {self.options.id_column} has an id twice")
        return ids

    def targets(self) -> Targets:
        """Return everything but the ids."""
        classes, y_true = self.classes, self.y_true.array()
        if self.matrices:
            y_true = np.concatenate(self.matrices)
        if self.y_texts:
            texts = pa.chunked_array(self.y_texts)
            classes = tuple(sorted(text for text in texts.unique().to_pylist() if text is not None))
            y_true = _codes(texts.combine_chunks(), classes, self.options.target_column)
        if y_true.dtype.kind not in "iuf" or (y_true.dtype.kind == "f" and not np.isfinite(y_true).all()):
            names = ", ".join(self.options.target_columns) or self.options.target_column
            raise ReferenceBroken(f"column {names} holds something that is no target")
        groups = None
        if self.groups:
            groups = pa.chunked_array(self.groups).dictionary_encode().combine_chunks()
            groups = np.asarray(groups.indices.to_numpy(zero_copy_only=False)).astype(np.int64)
        return Targets(y_true, self.split.array(), groups, classes)


def load_reference(folder: Path, options: TableOptions, classes: tuple[str, ...]) -> Reference:
    """Load the reference table.

    Args:
        folder: where `reference.parquet` or `reference.csv` lies.
        options: names of the columns.
        classes: texts of the target column in code order; empty: numbers stay numbers, and texts
            are coded in alphabetical order.

    Raises:
        ReferenceBroken: missing, empty, or with ids twice, unknown classes or splits.
    """
    try:
        source = _open(folder)
        targets = options.target_columns or (options.target_column,)
        wanted = {options.id_column, options.split_column, options.group_column, *targets} - {""}
        if not wanted <= set(source.schema.names):
            raise ReferenceBroken(f"reference has columns {source.schema.names}, needs {sorted(wanted)}")
        columns = _Columns(options, classes, source.n_rows)
        for batch in source.batches:
            columns.add(batch)
    except (pa.ArrowException, OSError) as error:
        raise ReferenceBroken(f"reference cannot be read: {error}") from error
    reference = Reference(columns.unique_ids(), columns.targets())
    # Arrow keeps what it freed for its next use; the metrics need it more.
    pa.default_memory_pool().release_unused()
    return reference
