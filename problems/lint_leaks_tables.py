"""Looks for labels in tables and arrays that contestants or their code can read.

By id, under whatever names; in the order of the reference, without ids; and beside the same features.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from problems.errors import Finding
from problems.lint_leaks_chance import is_beyond_chance, is_label, is_recoded, normal
from problems.lint_leaks_pieces import Piece
from problems.lint_leaks_truth import Labels, Truth, read_arrays, read_table, text_labels

_MIN_SHARED = 0.9


class _Read(NamedTuple):
    piece: Piece
    table: pd.DataFrame
    columns: dict[str, "pd.Series[str]"]  # normal text


def check_tables(truth: Truth, reachable: Sequence[Piece]) -> Iterator[Finding]:
    """Compare reachable tables and texts of one value a line with the labels.

    Args:
        truth: what is hidden.
        reachable: what contestants or their code can read.

    Yields:
        Findings: labels-exposed, labels-recoded, rows-exposed, inputs-in-training.
    """
    read = [
        _Read(piece, table, _plain(table)) for piece in reachable if (table := read_table(piece)) is not None
    ]
    for one in read:
        yield from _check_columns(truth, one)
        yield from _check_whole_rows(truth, one)
    for labels in truth.labels:
        yield from _check_features(labels, read)
    for piece in reachable:
        lines = text_labels(piece) if piece.suffix in {".txt", ".csv", ".md", ""} else None
        if lines is not None:
            for labels in truth.labels:
                if _is_in_order(labels, lines) or _is_in_order(labels, lines[1:].reset_index(drop=True)):
                    yield _exposed(piece.name, "its lines are", labels, len(lines))
                    break


def check_arrays(truth: Truth, reachable: Sequence[Piece]) -> Iterator[Finding]:
    """Compare reachable arrays with the labels, in their order.

    Args:
        truth: what is hidden.
        reachable: what contestants or their code can read.

    Yields:
        Findings: labels-exposed.
    """
    for name, array in read_arrays(reachable).items():
        if array.dtype.kind not in "biufUS" or array.ndim not in (1, 2) or len(array) < 3:
            continue
        values = array
        if array.ndim == 2:
            is_one_hot = array.dtype.kind in "biuf" and array.shape[1] > 1 and _is_one_hot(array)
            if array.shape[1] != 1 and not is_one_hot:
                continue
            values = array.argmax(axis=1) if is_one_hot else array[:, 0]
        found = normal(pd.Series(values))
        for labels in truth.labels:
            if _is_in_order(labels, found):
                yield _exposed(name, "its rows are", labels, len(found))
                break


def _is_one_hot(array: "np.ndarray[Any, Any]") -> bool:
    return bool(((array != 0).sum(axis=1) == 1).all())


def _plain(table: pd.DataFrame) -> dict[str, "pd.Series[str]"]:
    plain = {}
    for name in table.columns:
        column = table[name]
        if isinstance(column, pd.Series) and not isinstance(column.iloc[0], list | dict):
            plain[str(name)] = normal(column)
    return plain


def _check_columns(truth: Truth, one: _Read) -> Iterator[Finding]:
    for labels in truth.labels:
        told = {column for column, values in one.columns.items() if _is_in_order(labels, values)}
        recoded = set()
        for key in _keys(labels, one):
            assert labels.ids is not None  # noqa: S101 - it has keys
            answers = pd.Series(labels.values.to_numpy(), index=labels.ids.to_numpy())
            answers = answers[~answers.index.duplicated()]
            expected = one.columns[key].map(answers).fillna("")
            for column, values in one.columns.items():
                if column != key and is_label(values, expected):
                    told.add(column)
                elif column != key and is_recoded(values, expected):
                    recoded.add(column)
        for column in sorted(told):
            yield _exposed(one.piece.name, f"column {column[:60]!r} is", labels, len(one.table))
        for column in sorted(recoded - told):
            message = f"column {column[:60]!r} tells {labels.column!r} of {labels.source} under other names"
            yield Finding("labels-recoded", message, one.piece.name, severity="warning")


def _is_in_order(labels: Labels, found: "pd.Series[str]") -> bool:
    return any(len(found) == len(part) and is_label(found, part) for part in labels.orders())


def _exposed(name: str, what: str, labels: Labels, n_rows: int) -> Finding:
    message = f"{what} the hidden {labels.column[:60]!r} of {labels.source} ({n_rows} rows)"
    return Finding("labels-exposed", message, name)


def _keys(labels: Labels, one: _Read) -> list[str]:
    """Return the columns that hold ids of the hidden rows."""
    if labels.ids is None:
        return []
    ids = set(labels.ids)
    keys = []
    for name, values in one.columns.items():
        share = values.isin(ids).mean()
        if share and (name.lower() == "id" or (share >= _MIN_SHARED and values.is_unique)):
            keys.append(name)
    return keys


def _check_features(labels: Labels, read: Sequence[_Read]) -> Iterator[Finding]:
    """Look for the hidden rows, known by their features, in tables that say what their label is."""
    for tests in read:
        keys = _keys(labels, tests)
        if not keys or labels.ids is None:
            continue
        answers = pd.Series(labels.values.to_numpy(), index=labels.ids.to_numpy())
        answers = answers[~answers.index.duplicated()]
        expected = tests.columns[keys[0]].map(answers)
        for other in read:
            names = [
                name for name in tests.columns if name in other.columns and name not in {*keys, labels.column}
            ]
            has_label = labels.column in other.columns and labels.column not in tests.columns
            if other is not tests and names and has_label and len(names) * 2 >= len(tests.columns) - 1:
                yield from _shared_rows(labels, tests, other, names, expected)


def _shared_rows(
    labels: Labels, tests: _Read, other: _Read, names: list[str], expected: "pd.Series[str]"
) -> Iterator[Finding]:
    hidden = _digests(tests.columns, names)
    known = _digests(other.columns, names)
    label_of = dict(zip(known, other.columns[labels.column], strict=True))
    is_shared = hidden.isin(label_of)
    told = hidden.map(label_of).fillna("")
    is_agreed = is_shared & (told == expected)
    rest = known[~known.isin(set(hidden))]
    twin_share = float(rest.duplicated(keep=False).mean()) if len(rest) else 0.0
    n_agreed, n_shared = int(is_agreed.sum()), int(is_shared.sum())
    # Few features repeat easily; then the labels must agree beyond chance, too.
    is_told = n_agreed * 2 > n_shared if len(names) > 2 else is_label(told[is_shared], expected[is_shared])
    if is_beyond_chance(n_agreed, len(hidden), twin_share, len(names)) and is_told:
        message = f"{n_agreed} hidden rows of {tests.piece.name} stand in it with their label"
        yield Finding("labels-exposed", message, other.piece.name)
    elif len(names) > 2 and is_beyond_chance(n_shared, len(hidden), twin_share, len(names)):
        message = f"{n_shared} hidden rows of {tests.piece.name} stand in it"
        yield Finding("inputs-in-training", message, other.piece.name, severity="warning")


def _check_whole_rows(truth: Truth, one: _Read) -> Iterator[Finding]:
    """Look for rows of tables that only the scorer reads, in tables of the same columns."""
    for source, table in truth.tables:
        columns = _plain(table)
        names = [name for name in columns if name.lower() not in {"split", "usage"}]
        # An id and a label are what every submission has.
        if len(names) < 3 or not set(names) <= set(one.columns):
            continue
        hidden, known = _digests(columns, names), _digests(one.columns, names)
        n_shared = int(hidden.isin(set(known)).sum())
        rest = known[~known.isin(set(hidden))]
        twin_share = float(rest.duplicated(keep=False).mean()) if len(rest) else 0.0
        if is_beyond_chance(n_shared, len(hidden), twin_share, len(names)):
            yield Finding("rows-exposed", f"{n_shared} rows of {source} stand in it", one.piece.name)


def _digests(columns: dict[str, "pd.Series[str]"], names: list[str]) -> "pd.Series[int]":
    return pd.util.hash_pandas_object(pd.DataFrame({name: columns[name] for name in names}), index=False)
