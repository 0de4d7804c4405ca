"""Loads the organizer's reference table in a few bytes per row.

The reference is trusted; when it is broken the scorer stops with an error, never with a verdict.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from scoring.contract import TableOptions
from scoring.errors import ReferenceBroken
from scoring.metrics.base import Array
from scoring.reference_splits import SPLITS

_BATCH_ROWS = 262_144


class Targets(NamedTuple):
    """What is true, row by row.

    Attributes:
        y_true: shape (n_samples,); int class codes or numbers, in the smallest fitting type.
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
        if self.y_true.dtype.kind in "iu" and self.y_true.size:
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


def _open(folder: Path) -> tuple[Any, Iterator[Any]]:
    """Return the Arrow schema and the batches of `reference.parquet` or `reference.csv`."""
    parquet, text = folder / "reference.parquet", folder / "reference.csv"
    if parquet.is_file():
        import pyarrow.parquet as pq

        file = pq.ParquetFile(parquet)
        return file.schema_arrow, file.iter_batches(batch_size=_BATCH_ROWS)
    if text.is_file():
        import pyarrow.csv as pacsv

        reader = pacsv.open_csv(text)
        return reader.schema, iter(reader)
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


class _Columns:
    """The reference's columns while they are read, batch by batch."""

    def __init__(self, options: TableOptions, classes: tuple[str, ...]) -> None:
        self.options = options
        self.classes = classes
        self.ids: list[Any] = []
        self.y_true: list[Any] = []
        self.split: list[Array] = []
        self.groups: list[Any] = []

    def add(self, batch: Any) -> None:  # noqa: ANN401  # pyarrow has no types
        """Take the wanted columns out of a batch, in small types."""
        options = self.options
        self.ids.append(_plain(batch.column(options.id_column)))
        target = _plain(batch.column(options.target_column))
        if self.classes:
            self.y_true.append(_codes(target, self.classes, options.target_column))
        else:
            self.y_true.append(target if pa.types.is_string(target.type) else _numbers(target))
        self.split.append(_codes(batch.column(options.split_column), SPLITS, options.split_column))
        if options.group_column:
            self.groups.append(_plain(batch.column(options.group_column)))

    def targets(self) -> Targets:
        """Return everything but the ids."""
        classes = self.classes
        parts = self.y_true
        if parts and isinstance(parts[0], pa.Array):
            texts = pa.chunked_array(parts)
            classes = tuple(sorted(text for text in texts.unique().to_pylist() if text is not None))
            parts = [_codes(texts.combine_chunks(), classes, self.options.target_column)]
        y_true = np.concatenate(parts)
        if y_true.dtype.kind not in "iuf" or (y_true.dtype.kind == "f" and not np.isfinite(y_true).all()):
            raise ReferenceBroken(f"column {self.options.target_column} holds something that is no target")
        groups = None
        if self.groups:
            groups = pa.chunked_array(self.groups).dictionary_encode().combine_chunks()
            groups = np.asarray(groups.indices.to_numpy(zero_copy_only=False)).astype(np.int64)
        return Targets(y_true, np.concatenate(self.split), groups, classes)


def _combined_ids(parts: list[Any], column: str) -> Any:  # noqa: ANN401  # pyarrow has no types
    if any(part.null_count for part in parts):
        raise ReferenceBroken(f"column {column} has empty ids")
    if pa.types.is_integer(parts[0].type):
        ids = np.concatenate([part.to_numpy(zero_copy_only=False) for part in parts]).astype(
            np.int64, copy=False
        )
        if not bool(np.all(ids[1:] > ids[:-1])) and np.unique(ids).size != ids.size:
            raise ReferenceBroken(f"column {column} has an id twice")
        return ids
    combined = pa.chunked_array([part.cast(pa.string()) for part in parts]).combine_chunks()
    if pa.compute.count_distinct(combined).as_py() != len(combined):
        raise ReferenceBroken(f"column {column} has an id twice")
    return combined


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
        schema, batches = _open(folder)
        wanted = {options.id_column, options.target_column, options.split_column, options.group_column} - {""}
        if not wanted <= set(schema.names):
            raise ReferenceBroken(f"reference has columns {schema.names}, needs {sorted(wanted)}")
        columns = _Columns(options, classes)
        for batch in batches:
            columns.add(batch)
    except (pa.ArrowException, OSError) as error:
        raise ReferenceBroken(f"reference cannot be read: {error}") from error
    if not columns.ids:
        raise ReferenceBroken("reference has no rows")
    ids = _combined_ids(columns.ids, options.id_column)
    columns.ids.clear()
    return Reference(ids, columns.targets())
