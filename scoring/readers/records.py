"""Reads JSON Lines of `{id, answer}` where the answer may be any JSON: one line at a time, each capped.

Lists and objects have no columns, so this is Python's own parser. It refuses what JSON is not (NaN,
repeated keys) and nesting that is deeper than any answer.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from scoring.faults import FaultLog, echo
from scoring.readers.blocks import iter_blocks, skip_mark


class Record(NamedTuple):
    """One line: its number, its id as it is written, and the value beside it."""

    row: int
    key: str | int
    value: Any


class _Refused(ValueError):
    """What JSON is not, though Python reads it."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise _Refused(next(name for name in names if names.count(name) > 1))
    return found


def _refuse_constant(_name: str) -> None:
    raise ValueError


def _parse(line: bytes, row: int, faults: FaultLog) -> Any:  # noqa: ANN401  # any JSON
    """Return what a line holds, or None after noting what is wrong."""
    try:
        return json.loads(line.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        faults.add("file-not-utf8", row=row)
    except _Refused as refused:
        faults.add("row-key-duplicate", row=row, column=echo(str(refused)))
    except (ValueError, RecursionError):
        faults.add("row-not-json", row=row)
    return None


def _check_keys(found: Any, fields: tuple[str, str], row: int, faults: FaultLog) -> bool:  # noqa: ANN401
    expected = ", ".join(fields)
    if not isinstance(found, dict):
        faults.add("row-not-object", row=row, expected=expected)
        return False
    for name in fields:
        if name not in found:
            faults.add("row-key-missing", row=row, column=name, expected=expected)
    for name in found:
        if name not in fields:
            faults.add("row-key-extra", row=row, column=echo(name), expected=expected)
    return set(found) == set(fields)


def read_records(
    path: Path, fields: tuple[str, str], faults: FaultLog, *, ids_are_int: bool
) -> Iterator[Record]:
    """Yield the records of a contestant's file; what is wrong with a line is noted and the line left out.

    Args:
        path: JSONL.
        fields: names of the id and of the answer; there may be no other.
        faults: where faults are noted.
        ids_are_int: whether ids are whole numbers, else texts.

    Raises:
        SubmissionRefused: a line is too long.
    """
    wrong_id = "value-not-integer" if ids_are_int else "value-not-text"
    for block in iter_blocks(path, offset=skip_mark(path), first_line=1, faults=faults):
        for row, line in block.lines():
            found = _parse(line, row, faults)
            if found is None or not _check_keys(found, fields, row, faults):
                if found is None and line.strip() == b"null":
                    faults.add("row-not-object", row=row, expected=", ".join(fields))
                continue
            key = found[fields[0]]
            if isinstance(key, bool) or not isinstance(key, int if ids_are_int else str):
                faults.add(wrong_id, row=row, column=fields[0], found=echo(key))
                continue
            yield Record(row, key, found[fields[1]])
