"""Reads JSON Lines strictly: one object per line, exactly the expected keys.

As with CSV, Arrow parses blocks; a block it refuses is read again line by line to say why.
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.json as pajson

from scoring.faults import FaultLog, JsonPairs, echo, echo_json, listing
from scoring.options import Column
from scoring.readers import cells
from scoring.readers.base import RowBatch, TableSpec
from scoring.readers.blocks import Block, iter_blocks, skip_mark
from scoring.readers.columns import check_batch
from scoring.readers.csv import make_batch

_ARROW_BLOCK_BYTES = 1024 * 1024
_MAX_INT = 2**63 - 1


def _parse_fast(block: Block, spec: TableSpec, faults: FaultLog) -> RowBatch | None:
    schema = pa.schema([(name, spec.arrow_type(name)) for name in spec.names])
    try:
        table = pajson.read_json(
            pa.BufferReader(block.text),
            read_options=pajson.ReadOptions(block_size=_ARROW_BLOCK_BYTES),
            parse_options=pajson.ParseOptions(
                explicit_schema=schema, newlines_in_values=False, unexpected_field_behavior="error"
            ),
        )
    except pa.ArrowInvalid:
        return None
    rows = block.rows(table.num_rows)
    if rows is None or table.num_rows == 0 or any(column.null_count for column in table.columns):
        return None
    table = table.combine_chunks()
    arrays = {name: table.column(name).chunk(0) for name in spec.names}
    if not spec.ids_are_int and pa.compute.any(pa.compute.equal(arrays[spec.id_column], "")).as_py():
        return None
    return check_batch(spec, arrays, rows, faults)


def _parse_line(line: bytes, row: int, spec: TableSpec, faults: FaultLog) -> dict[str, Any] | None:
    """Return the object on a line if it has exactly the expected keys, else note why not."""
    try:
        pairs = json.loads(line.decode("utf-8"), object_pairs_hook=JsonPairs)
    except UnicodeDecodeError:
        faults.add("file-not-utf8", row=row)
        return None
    except (ValueError, RecursionError):
        faults.add("row-not-json", row=row)
        return None
    expected = listing(spec.names)
    if not isinstance(pairs, JsonPairs):
        faults.add("row-not-object", row=row, expected=expected)
        return None
    counts = Counter(name for name, _ in pairs)
    missing = [name for name in spec.names if name not in counts]
    extra = [name for name in counts if name not in spec.names]
    repeated = [name for name in spec.names if counts[name] > 1]
    for name in missing:
        faults.add("row-key-missing", row=row, column=echo(name), expected=expected)
    for name in extra:
        faults.add("row-key-extra", row=row, column=echo(name), expected=expected)
    for name in repeated:
        faults.add("row-key-duplicate", row=row, column=echo(name))
    return None if missing or extra or repeated else dict(pairs)


def _read_id(value: object, spec: TableSpec, row: int, faults: FaultLog) -> int | str | None:
    if value is None or value == "":
        faults.add("value-empty", row=row, column=spec.id_column)
    elif spec.ids_are_int:
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _MAX_INT:
            return value
        faults.add("value-not-integer", row=row, column=spec.id_column, found=echo_json(value))
    else:
        if isinstance(value, str):
            return value
        faults.add("value-not-text", row=row, column=spec.id_column, found=echo_json(value))
    return None


def _read_value(value: object, column: Column, spec: TableSpec, row: int, faults: FaultLog) -> float | int:
    if value is None:
        faults.add("value-empty", row=row, column=column.name)
        return 0
    if column.kind in ("label", "str"):
        if isinstance(value, str):
            return cells.read_text(value, column, spec, row, faults)
        faults.add("value-not-text", row=row, column=column.name, found=echo_json(value))
        return 0
    if isinstance(value, bool) or not isinstance(value, int | float):
        code = "value-not-number" if column.kind == "float" else "value-not-integer"
        faults.add(code, row=row, column=column.name, found=echo_json(value))
        return 0
    # Through the cell's text, so that numbers are judged by one rule in every format.
    return cells.read_value(repr(value), column, spec, row, faults)


def _parse_slowly(block: Block, spec: TableSpec, faults: FaultLog) -> RowBatch:
    ids: list[int | str] = []
    rows: list[int] = []
    columns: dict[str, list[float | int]] = {column.name: [] for column in spec.columns}
    for row, line in block.lines():
        found = _parse_line(line, row, spec, faults)
        if found is None:
            continue
        values = [_read_value(found[column.name], column, spec, row, faults) for column in spec.columns]
        key = _read_id(found[spec.id_column], spec, row, faults)
        if key is not None:
            ids.append(key)
            rows.append(row)
            for column, value in zip(spec.columns, values, strict=True):
                columns[column.name].append(value)
        if faults.is_full:
            break
    return make_batch(spec, ids, columns, rows)


def read_jsonl(path: Path, spec: TableSpec, faults: FaultLog) -> Iterator[RowBatch]:
    """Yield the table's records; what is wrong with them is noted.

    Raises:
        SubmissionRefused: nothing more can be read (over-long line).
    """
    for block in iter_blocks(path, offset=skip_mark(path), first_line=1, faults=faults):
        batch = _parse_fast(block, spec, faults)
        yield batch if batch is not None else _parse_slowly(block, spec, faults)
