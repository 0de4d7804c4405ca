"""Reads a Parquet file strictly, batch by batch; its metadata is believed only to refuse, never to trust."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from scoring.faults import FaultLog, echo
from scoring.readers.base import RowBatch, RowNumbers, TableSpec
from scoring.readers.columns import check_batch
from scoring.readers.names import check_names

_BATCH_ROWS = 262_144
_MIB = 1024 * 1024
_MAX_UNPACKED_MIB = 2048
_MAX_THRIFT_BYTES = 16 * _MIB
_UNREADABLE = (pa.ArrowException, OSError, ValueError, OverflowError)


def _open(path: Path, spec: TableSpec, faults: FaultLog) -> Any:  # noqa: ANN401  # pyarrow has no types
    try:
        file = pq.ParquetFile(
            path, thrift_string_size_limit=_MAX_THRIFT_BYTES, thrift_container_size_limit=1_000_000
        )
        metadata = file.metadata
        unpacked = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
        n_rows = metadata.num_rows
        schema = file.schema_arrow
    except _UNREADABLE:
        raise faults.refuse("parquet-unreadable") from None
    if n_rows > spec.max_rows:
        raise faults.refuse("rows-too-many", limit=spec.max_rows)
    if unpacked > _MAX_UNPACKED_MIB * _MIB:
        raise faults.refuse("parquet-too-large", found=unpacked // _MIB, limit=_MAX_UNPACKED_MIB)
    check_names(schema.names, spec, faults)
    for name in spec.names:
        _check_type(name, schema.field(name).type, spec, faults)
    if faults:
        raise faults.refusal()
    return file


def _check_type(name: str, found: Any, spec: TableSpec, faults: FaultLog) -> None:  # noqa: ANN401
    """Note a column whose type cannot be read as what is wanted without guessing."""
    types = pa.types
    if types.is_dictionary(found):
        found = found.value_type
    is_text = types.is_string(found) or types.is_large_string(found) or types.is_string_view(found)
    is_number = types.is_integer(found) or types.is_floating(found) or types.is_decimal(found)
    wanted = spec.arrow_type(name)
    kind = next((column.kind for column in spec.columns if column.name == name), "id")
    if wanted == "int64" and not types.is_integer(found):
        faults.add("column-not-integer", column=echo(name), found=echo(str(found)))
    elif wanted == "float64" and not is_number:
        faults.add("column-not-number", column=echo(name), found=echo(str(found)))
    elif wanted == "string" and not is_text and not (kind == "label" and types.is_integer(found)):
        faults.add("column-not-text", column=echo(name), found=echo(str(found)))


def _cast(name: str, array: Any, spec: TableSpec, rows: RowNumbers, faults: FaultLog) -> Any:  # noqa: ANN401
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    wanted = pa.type_for_alias(spec.arrow_type(name))
    try:
        return array.cast(wanted, safe=pa.types.is_integer(wanted))
    except pa.ArrowInvalid:
        # Only uint64 above the range of int64, or text that is not UTF-8.
        code = "value-not-integer" if pa.types.is_integer(wanted) else "value-not-text"
        raise faults.refuse(code, row=rows.start, column=echo(name), found=echo(str(array.type))) from None


def read_parquet(path: Path, spec: TableSpec, faults: FaultLog) -> Iterator[RowBatch]:
    """Yield the table's records; what is wrong with them is noted.

    Raises:
        SubmissionRefused: nothing more can be read.
    """
    file = _open(path, spec, faults)
    start = 1
    batches = file.iter_batches(batch_size=_BATCH_ROWS, columns=list(spec.names))
    while True:
        try:
            batch = next(batches, None)
            if batch is not None:
                batch.validate(full=True)
        except _UNREADABLE:
            raise faults.refuse("parquet-unreadable") from None
        if batch is None:
            return
        rows = RowNumbers(start)
        arrays = {name: _cast(name, batch.column(name), spec, rows, faults) for name in spec.names}
        yield _without_blank_ids(check_batch(spec, arrays, rows, faults), spec, faults)
        start += batch.num_rows


def _without_blank_ids(batch: RowBatch, spec: TableSpec, faults: FaultLog) -> RowBatch:
    if not spec.ids_are_int:
        blank = pa.compute.equal(batch.ids, "").to_numpy(zero_copy_only=False)
        for record in np.flatnonzero(blank)[:1].tolist():
            raise faults.refuse("value-empty", row=batch.rows.at(record), column=spec.id_column)
    return batch
