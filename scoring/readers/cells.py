"""Checks one cell at a time, to say exactly what is wrong; used only where the fast path balked.

The grammar is the fast path's: ASCII digits, optional sign, point and exponent. Python's own `float`
and `int` would also take `1_000` and other scripts' digits.
"""

import math
import re

from scoring.faults import FaultLog, echo, listing
from scoring.options import Column
from scoring.readers.base import TableSpec

_INTEGER = re.compile(r"[+-]?[0-9]{1,19}\Z")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\Z")
_NAN = re.compile(r"[+-]?nan\Z", re.IGNORECASE)
_INFINITE = re.compile(r"[+-]?inf(inity)?\Z", re.IGNORECASE)
_MAX_INT = 2**63 - 1

Value = float | int | str


def _read_integer(text: str) -> int | None:
    if not _INTEGER.match(text):
        return None
    value = int(text)
    return value if -_MAX_INT - 1 <= value <= _MAX_INT else None


def read_id(text: str, spec: TableSpec, row: int, faults: FaultLog) -> int | str | None:
    """Return the id in a cell, or None after noting why there is none."""
    if text.strip(" \t") == "":
        faults.add("value-empty", row=row, column=spec.id_column)
        return None
    if not spec.ids_are_int:
        return text
    value = _read_integer(text.strip(" \t"))
    if value is None:
        faults.add("value-not-integer", row=row, column=spec.id_column, found=echo(text))
    return value


def _read_float(text: str, column: Column, row: int, faults: FaultLog) -> float:
    if _NAN.match(text):
        faults.add("value-nan", row=row, column=column.name)
        return 0.0
    if not _NUMBER.match(text) and not _INFINITE.match(text):
        faults.add("value-not-number", row=row, column=column.name, found=echo(text))
        return 0.0
    value = float(text)
    if math.isinf(value):
        faults.add("value-infinite", row=row, column=column.name)
        return 0.0
    return value


def check_range(value: float, column: Column, row: int, faults: FaultLog) -> None:
    """Note a value below the column's minimum or above its maximum."""
    if column.minimum is not None and value < column.minimum:
        faults.add(
            "value-too-small", row=row, column=column.name, minimum=column.minimum, found=echo(str(value))
        )
    if column.maximum is not None and value > column.maximum:
        faults.add(
            "value-too-large", row=row, column=column.name, maximum=column.maximum, found=echo(str(value))
        )


def read_text(text: str, column: Column, spec: TableSpec, row: int, faults: FaultLog) -> int:
    """Return the code of a text; see `TableSpec.vocabulary`."""
    vocabulary = spec.vocabulary.get(column.name, {})
    if text in vocabulary:
        return vocabulary[text]
    if column.kind == "label":
        code = "value-empty" if text == "" else "value-not-allowed"
        if code == "value-empty":
            faults.add(code, row=row, column=column.name)
        else:
            faults.add(code, row=row, column=column.name, expected=listing(vocabulary), found=echo(text))
    return len(vocabulary)


def read_value(text: str, column: Column, spec: TableSpec, row: int, faults: FaultLog) -> float | int:
    """Return the value of a cell; after noting a fault, a stand-in that is never scored."""
    if column.kind in ("label", "str"):
        return read_text(text, column, spec, row, faults)
    text = text.strip(" \t")
    if text == "":
        faults.add("value-empty", row=row, column=column.name)
        return 0
    if column.kind == "float":
        value: float | int = _read_float(text, column, row, faults)
    else:
        whole = _read_integer(text)
        if whole is None:
            faults.add("value-not-integer", row=row, column=column.name, found=echo(text))
            return 0
        value = whole
    check_range(value, column, row, faults)
    return value
