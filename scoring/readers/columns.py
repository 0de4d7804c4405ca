"""Checks whole columns at once: emptiness, finiteness, range, allowed texts."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scoring.faults import EXAMPLES_PER_KIND, FaultLog, Param, echo, listing
from scoring.options import Column
from scoring.readers.base import Array, RowBatch, RowNumbers, TableSpec


def log_where(
    mask: Array, code: str, rows: RowNumbers, faults: FaultLog, params: Callable[[int], dict[str, Param]]
) -> None:
    """Note a fault for each record where `mask` is true: the first few in full, all in number.

    Args:
        mask: bool array of shape (n,).
        code: kind of fault.
        rows: row numbers of the records.
        faults: where to note it.
        params: makes the message's parameters, beside `row`, for one record.
    """
    records = np.flatnonzero(mask)
    kept = records[:EXAMPLES_PER_KIND]
    for record in kept.tolist():
        faults.add(code, row=rows.at(record), **params(record))
    faults.add_uncounted(code, records.size - kept.size)


def check_numbers(values: Array, column: Column, rows: RowNumbers, faults: FaultLog) -> None:
    """Note NaN, infinities and values out of range of one column.

    Args:
        values: float64 or int64 array of shape (n,).
        column: what it must be.
        rows: row numbers.
        faults: where to note it.
    """
    if values.size == 0:
        return
    low, high = values.min(), values.max()  # NaN anywhere makes both NaN: one pass tells all is well
    has_bound = column.minimum is not None or column.maximum is not None
    if np.isfinite(low) and np.isfinite(high) and not has_bound:
        return

    def found(record: int) -> dict[str, Param]:
        return {"column": column.name, "found": echo(str(values[record]))}

    def named(_record: int) -> dict[str, Param]:
        return {"column": column.name}

    if not (np.isfinite(low) and np.isfinite(high)):
        log_where(np.isnan(values), "value-nan", rows, faults, named)
        log_where(np.isinf(values), "value-infinite", rows, faults, named)
    finite = np.isfinite(values)
    if column.minimum is not None and not low >= column.minimum:
        minimum = column.minimum
        log_where(
            finite & (values < minimum),
            "value-too-small",
            rows,
            faults,
            lambda record: {**found(record), "minimum": minimum},
        )
    if column.maximum is not None and not high <= column.maximum:
        maximum = column.maximum
        log_where(
            finite & (values > maximum),
            "value-too-large",
            rows,
            faults,
            lambda record: {**found(record), "maximum": maximum},
        )


def encode_texts(
    texts: Any,  # noqa: ANN401  # pyarrow has no types
    column: Column,
    vocabulary: Mapping[str, int],
    rows: RowNumbers,
    faults: FaultLog,
) -> Array:
    """Return the codes of a text column; see `TableSpec.vocabulary`.

    Args:
        texts: Arrow string array of shape (n,), without nulls.
        column: what it must be.
        vocabulary: known texts and their codes, in code order.
        rows: row numbers.
        faults: where to note it.
    """
    codes: Array = (
        pc.index_in(texts, value_set=pa.array(list(vocabulary), pa.string()))
        .fill_null(len(vocabulary))
        .to_numpy(zero_copy_only=False)
        .astype(np.int64)
    )
    if column.kind == "label":
        log_where(
            codes == len(vocabulary),
            "value-not-allowed",
            rows,
            faults,
            lambda record: {
                "column": column.name,
                "expected": listing(vocabulary),
                "found": echo(texts[record].as_py()),
            },
        )
    return codes


def _without_nulls(name: str, array: Any, rows: RowNumbers, faults: FaultLog) -> Any:  # noqa: ANN401
    if array.null_count:
        mask = array.is_null().to_numpy(zero_copy_only=False)
        log_where(mask, "value-empty", rows, faults, lambda _: {"column": name})
        array = array.fill_null("" if pa.types.is_string(array.type) else 0)
    return array


def check_batch(spec: TableSpec, arrays: Mapping[str, Any], rows: RowNumbers, faults: FaultLog) -> RowBatch:
    """Return a batch of checked columns; what is wrong with them is noted.

    Args:
        spec: what the table must look like.
        arrays: column → Arrow array (not chunked) in the type of `TableSpec.arrow_type`.
        rows: row numbers.
        faults: where to note it.
    """
    ids = arrays[spec.id_column]
    has_id = None
    if ids.null_count:
        has_id = np.flatnonzero(ids.is_valid().to_numpy(zero_copy_only=False))
    ids = _without_nulls(spec.id_column, ids, rows, faults)
    values: dict[str, Array] = {}
    for column in spec.columns:
        array = _without_nulls(column.name, arrays[column.name], rows, faults)
        if pa.types.is_string(array.type):
            values[column.name] = encode_texts(
                array, column, spec.vocabulary.get(column.name, {}), rows, faults
            )
        else:
            values[column.name] = array.to_numpy(zero_copy_only=False)
            check_numbers(values[column.name], column, rows, faults)
    batch = RowBatch(
        ids=ids.to_numpy(zero_copy_only=False) if spec.ids_are_int else ids,
        values=values,
        rows=rows,
        n_rows=len(ids),
    )
    return batch if has_id is None else select(batch, has_id)


def select(batch: RowBatch, records: Array) -> RowBatch:
    """Return only some records of a batch."""
    ids = batch.ids.take(pa.array(records)) if isinstance(batch.ids, pa.Array) else batch.ids[records]
    values = {name: column[records] for name, column in batch.values.items()}
    return RowBatch(ids=ids, values=values, rows=batch.rows.take(records), n_rows=records.size)
