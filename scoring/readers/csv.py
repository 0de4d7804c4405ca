"""Reads a CSV file strictly: Arrow parses blocks at full speed, and explains nothing.

Where a block does not parse, it alone is read again cell by cell to say which row and why. UTF-8, with
or without a byte order mark; LF or CRLF; comma; one row per line; any order of columns.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from scoring.faults import FaultLog, echo, listing
from scoring.readers import cells
from scoring.readers.base import Array, RowBatch, RowNumbers, TableSpec
from scoring.readers.blocks import BOM, MAX_LINE_BYTES, Block, iter_blocks
from scoring.readers.columns import check_batch
from scoring.readers.names import check_names

_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_ARROW_BLOCK_BYTES = 1024 * 1024  # several per block of ours, so that all cores parse


@dataclass(frozen=True, slots=True)
class _Header:
    names: tuple[str, ...]
    end: int  # offset of the byte after the header line


def _header_cells(text: str, faults: FaultLog) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([text], strict=True))]
    except csv.Error:
        raise faults.refuse("row-quotes", row=1) from None


def _read_header(path: Path, spec: TableSpec, faults: FaultLog) -> _Header:
    with path.open("rb") as file:
        head = file.read(MAX_LINE_BYTES + len(BOM))
    end = head.find(b"\n") + 1
    if not end and len(head) > MAX_LINE_BYTES:
        raise faults.refuse("line-too-long", row=1, limit=MAX_LINE_BYTES)
    end = end or len(head)
    line = head[:end].removeprefix(BOM).rstrip(b"\r\n")
    if b"\r" in line:
        raise faults.refuse("file-line-endings")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise faults.refuse("file-not-utf8", row=1) from None
    names = _header_cells(text, faults) if text else [""]
    _check_header(names, text, spec, faults)
    return _Header(tuple(names), end)


def _check_header(names: list[str], text: str, spec: TableSpec, faults: FaultLog) -> None:
    if len(names) == 1:
        for delimiter, words in _OTHER_DELIMITERS.items():
            if delimiter in text:
                raise faults.refuse("wrong-delimiter", found_kind=words)
    if not set(names) & set(spec.names):
        raise faults.refuse("header-missing", expected=listing(spec.names), found=echo(text))
    check_names(names, spec, faults)


def _parse_fast(block: Block, header: _Header, spec: TableSpec, faults: FaultLog) -> RowBatch | None:
    try:
        table = pacsv.read_csv(
            pa.BufferReader(block.text),
            read_options=pacsv.ReadOptions(column_names=header.names, block_size=_ARROW_BLOCK_BYTES),
            convert_options=pacsv.ConvertOptions(
                column_types={name: spec.arrow_type(name) for name in header.names},
                null_values=[],
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    rows = block.rows(table.num_rows)
    if rows is None:
        return None
    table = table.combine_chunks()
    arrays = {name: table.column(name).chunk(0) for name in header.names}
    if not spec.ids_are_int and pa.compute.any(pa.compute.equal(arrays[spec.id_column], "")).as_py():
        return None
    return check_batch(spec, arrays, rows, faults)


def _split(line: bytes, row: int, n_cells: int, faults: FaultLog) -> list[str] | None:
    try:
        text = line.decode("utf-8")
        found = next(csv.reader([text], strict=True)) if '"' in text else text.split(",")
    except UnicodeDecodeError:
        faults.add("file-not-utf8", row=row)
        return None
    except csv.Error:
        faults.add("row-quotes", row=row)
        return None
    if len(found) != n_cells:
        faults.add("cell-count", row=row, found=len(found), expected=n_cells)
        return None
    return found


def _parse_slowly(block: Block, header: _Header, spec: TableSpec, faults: FaultLog) -> RowBatch:
    ids: list[int | str] = []
    rows: list[int] = []
    columns: dict[str, list[float | int]] = {column.name: [] for column in spec.columns}
    place = {name: index for index, name in enumerate(header.names)}
    for row, line in block.lines():
        found = _split(line, row, len(header.names), faults)
        if found is None:
            continue
        values = [
            cells.read_value(found[place[column.name]], column, spec, row, faults) for column in spec.columns
        ]
        key = cells.read_id(found[place[spec.id_column]], spec, row, faults)
        if key is not None:
            ids.append(key)
            rows.append(row)
            for column, value in zip(spec.columns, values, strict=True):
                columns[column.name].append(value)
        if faults.is_full:
            break
    return make_batch(spec, ids, columns, rows)


def make_batch(
    spec: TableSpec, ids: list[int | str], columns: dict[str, list[float | int]], rows: list[int]
) -> RowBatch:
    """Return a batch from values read one by one.

    Args:
        spec: what the table must look like.
        ids: the keys of the records.
        columns: column → values of the records.
        rows: row numbers of the records.
    """
    kinds = {column.name: np.float64 if column.kind == "float" else np.int64 for column in spec.columns}
    numbers: Array = np.array(rows, dtype=np.int64)
    return RowBatch(
        ids=np.array(ids, dtype=np.int64) if spec.ids_are_int else pa.array(ids, pa.string()),
        values={name: np.array(values, dtype=kinds[name]) for name, values in columns.items()},
        rows=RowNumbers(rows[0] if rows else 0, numbers),
        n_rows=len(rows),
    )


def read_csv(path: Path, spec: TableSpec, faults: FaultLog) -> Iterator[RowBatch]:
    """Yield the table's records; what is wrong with them is noted.

    Raises:
        SubmissionRefused: nothing more can be read (header, over-long line).
    """
    header = _read_header(path, spec, faults)
    for block in iter_blocks(path, offset=header.end, first_line=2, faults=faults):
        batch = _parse_fast(block, header, spec, faults)
        yield batch if batch is not None else _parse_slowly(block, header, spec, faults)
