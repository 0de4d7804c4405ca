"""What of the reference must not be known: its labels, in their order and by their ids, and its tables."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from problems.lint_leaks_chance import normal
from problems.lint_leaks_pieces import Piece
from problems.schema import Spec

MAX_ROWS = 2_000_000
_TABLES = {".csv", ".tsv", ".parquet", ".pq", ".jsonl", ".ndjson", ".json"}
_MAX_TABLE_BYTES = 512 << 20
_MAX_LABEL_CHARS = 64
_MIN_ROWS = 3
_SPLITS = frozenset({"split", "usage"})

Text = "pd.Series[str]"


@dataclass(frozen=True, slots=True)
class Labels:
    """One column of labels.

    Attributes:
        source: file of the package that they are in.
        column: its name there.
        values: normal text, in order.
        ids: of the same rows; None where they have none.
        split: of the same rows; None where there is one part only.
    """

    source: str
    column: str
    values: "pd.Series[str]"
    ids: "pd.Series[str] | None" = None
    split: "pd.Series[str] | None" = None

    def orders(self) -> Iterator["pd.Series[str]"]:
        """Yield the labels in order: all, and those of each split."""
        yield self.values
        if self.split is not None and self.split.nunique() > 1:
            for _, part in self.values.groupby(self.split):
                yield part.reset_index(drop=True)


@dataclass(frozen=True, slots=True)
class Truth:
    """All that is hidden.

    Attributes:
        labels: columns of labels.
        tables: whole tables of the reference, by file.
    """

    labels: tuple[Labels, ...]
    tables: tuple[tuple[str, pd.DataFrame], ...]


def read_table(piece: Piece) -> pd.DataFrame | None:
    """Return a piece as a table; None when it is none, whatever its name says."""
    if piece.suffix not in _TABLES or piece.n_bytes > _MAX_TABLE_BYTES:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            table = _read(piece)
    except (ValueError, OSError, ArithmeticError, TypeError, AttributeError, RecursionError):
        return None
    is_table = isinstance(table, pd.DataFrame) and len(table) > 0
    return table.rename(columns=str) if is_table else None


def _read(piece: Piece) -> Any:  # noqa: ANN401 - whatever the library makes of it
    if piece.suffix in {".parquet", ".pq"}:
        return pd.read_parquet(piece.path)
    if piece.suffix in {".jsonl", ".ndjson"}:
        return pd.read_json(piece.path, lines=True, nrows=MAX_ROWS, dtype=False)
    if piece.suffix == ".json":
        return pd.read_json(piece.path, dtype=False)
    separator = "\t" if piece.suffix == ".tsv" else ","
    return pd.read_csv(piece.path, sep=separator, low_memory=False, nrows=MAX_ROWS)


def read_arrays(pieces: Sequence[Piece]) -> dict[str, "np.ndarray[Any, Any]"]:
    """Return the arrays among some pieces, by name."""
    found = {}
    for piece in pieces:
        if piece.suffix == ".npy":
            try:
                array = np.load(piece.path, allow_pickle=False)
            except (ValueError, OSError, EOFError):
                continue
            found[piece.name] = array
    return found


def hidden_truth(spec: Spec, reference: Sequence[Piece]) -> Truth:
    """Read the reference.

    Args:
        spec: names the columns of ids and labels.
        reference: what only the scorer may read.
    """
    tables = [(piece.name, table) for piece in reference if (table := read_table(piece)) is not None]
    labels = [one for name, table in tables for one in _of_table(spec, name, table)]
    labels += _of_arrays(read_arrays(reference))
    labels += [one for piece in reference if piece.suffix == ".txt" for one in _of_text(piece)]
    return Truth(tuple(one for one in labels if one.values.nunique() > 1), tuple(tables))


def _of_table(spec: Spec, name: str, table: pd.DataFrame) -> Iterator[Labels]:
    options = spec.scoring.options
    by_name = {column.lower(): column for column in table.columns}
    split = by_name.get(str(options.get("split_column", "split")).lower(), by_name.get("usage"))
    if split is not None:
        table = table[normal(table[split]) != "sample"].reset_index(drop=True)
    if len(table) < _MIN_ROWS:
        return
    id_column, targets = str(options.get("id_column", "id")), target_columns(options)
    if spec.scoring.scorer != "table" or not {id_column, *targets} <= set(table.columns):
        # No option says which they are: the first column that tells rows apart, and all others.
        id_column = next((str(name) for name in table.columns if _tells_apart(table[name])), "")
        targets = [column for column in table.columns if column not in {id_column, split}]
    for target in targets:
        if not _is_plain(table[target]):
            continue
        yield Labels(
            name,
            target,
            normal(table[target]),
            normal(table[id_column]) if id_column else None,
            normal(table[split]) if split else None,
        )


def target_columns(options: Mapping[str, Any]) -> list[str]:
    """Return the columns of a reference table that hold what is true, by the options of scorer `table`."""
    several = options.get("target_columns")
    if isinstance(several, list) and several:
        return [str(name) for name in several]
    return [str(options.get("target_column", "label"))]


def _tells_apart(column: "pd.Series[Any]") -> bool:
    return _is_plain(column) and column.dtype.kind != "f" and bool(column.is_unique)


def _is_plain(column: "pd.Series[Any]") -> bool:
    """Whether a column holds values, not lists or objects of JSON."""
    return not column.map(lambda value: isinstance(value, list | dict)).any()


def _of_arrays(arrays: dict[str, "np.ndarray[Any, Any]"]) -> Iterator[Labels]:
    for name, array in arrays.items():
        column = name.rpartition("!")[2].rpartition("/")[2].removesuffix(".npy")
        if array.ndim != 1 or len(array) < _MIN_ROWS or column in {*_SPLITS, "id", "ids"}:
            continue
        if array.dtype.kind not in "biufUS":
            continue
        beside = arrays.get(f"{name.rpartition('!')[0]}!split.npy")
        has_split = beside is not None and beside.shape == array.shape
        split = normal(pd.Series(beside)) if has_split else None
        yield Labels(name.partition("!")[0], column, normal(pd.Series(array)), None, split)


def _of_text(piece: Piece) -> Iterator[Labels]:
    values = text_labels(piece)
    if values is not None:
        yield Labels(piece.name, "line", values)


def text_labels(piece: Piece) -> "pd.Series[str] | None":
    """Return a text of one short value a line as a column; None when it is no such text."""
    lines = (piece.text() or "").splitlines()
    if len(lines) < _MIN_ROWS or max(map(len, lines)) > _MAX_LABEL_CHARS:
        return None
    return normal(pd.Series(lines, dtype=object))
