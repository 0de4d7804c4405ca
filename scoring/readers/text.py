"""Reads text with one value a line, in the reference's order: line 1 belongs to its first row."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from scoring.faults import FaultLog
from scoring.readers import cells
from scoring.readers.base import RowBatch, RowNumbers, TableSpec
from scoring.readers.blocks import iter_blocks, skip_mark


def iter_lines(path: Path, faults: FaultLog) -> Iterator[tuple[int, str]]:
    """Yield every line, blank ones too, without its end, with its number; a last LF ends the last line.

    Raises:
        SubmissionRefused: a line is too long.
    """
    for block in iter_blocks(path, offset=skip_mark(path), first_line=1, faults=faults):
        for at, line in enumerate(block.text.removesuffix(b"\n").split(b"\n"), start=block.first_line):
            try:
                yield at, line.removesuffix(b"\r").decode("utf-8")
            except UnicodeDecodeError:
                faults.add("file-not-utf8", row=at)
                yield at, ""


def count_lines(path: Path, faults: FaultLog) -> int:
    """Return how many lines there are. Raises as `iter_lines`."""
    return sum(block.n_lines for block in iter_blocks(path, offset=0, first_line=1, faults=faults))


def read_text(path: Path, spec: TableSpec, faults: FaultLog) -> Iterator[RowBatch]:
    """Yield one batch without ids, of the only column; what is wrong with it is noted.

    Raises:
        SubmissionRefused: another number of lines than expected, or a table of several columns.
    """
    if len(spec.columns) != 1:
        expected = "CSV, Parquet, JSONL, NPY, NPZ"
        raise faults.refuse("file-unknown-format", found_kind="text", expected=expected)
    n_lines = count_lines(path, faults)
    if n_lines != spec.n_expected:
        raise faults.refuse("line-count", found=n_lines, expected=spec.n_expected)
    (column,) = spec.columns
    values = np.zeros(n_lines, dtype=np.float64 if column.kind == "float" else np.int64)
    for row, line in iter_lines(path, faults):
        values[row - 1] = cells.read_value(line, column, spec, row, faults)
        if faults.is_full:
            raise faults.refuse("stopped-early", row=row)
    yield RowBatch(ids=None, values={column.name: values}, rows=RowNumbers(1), n_rows=n_lines)
