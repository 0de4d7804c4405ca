"""Strict readers of what contestants hand in: data in, batches of columns or clear messages out."""

from collections.abc import Callable, Iterator
from pathlib import Path

from scoring.faults import FaultLog
from scoring.readers.base import RowBatch, TableSpec
from scoring.readers.detect import check_format

Reader = Callable[[Path, TableSpec, FaultLog], Iterator[RowBatch]]


def _reader(name: str) -> Reader:
    """Return the reader of a format; only its own libraries are imported."""
    if name == "csv":
        from scoring.readers.csv import read_csv

        return read_csv
    if name == "jsonl":
        from scoring.readers.jsonl import read_jsonl

        return read_jsonl
    if name == "parquet":
        from scoring.readers.parquet import read_parquet

        return read_parquet
    if name == "text":
        from scoring.readers.text import read_text

        return read_text
    from scoring.readers.npy import read_npy, read_npz

    return read_npy if name == "npy" else read_npz


def read_table(path: Path, spec: TableSpec, faults: FaultLog) -> Iterator[RowBatch]:
    """Yield the records of a table in any of the formats, by its suffix and its first bytes.

    Args:
        path: the contestant's file.
        spec: what the table must look like.
        faults: where what is wrong is noted. A file with any fault must not be scored.

    Raises:
        SubmissionRefused: nothing more can be read.
    """
    return _reader(check_format(path, faults))(path, spec, faults)
