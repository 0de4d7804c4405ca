"""Built-in checkers: is a program's output right? Linear in time, constant in memory, whatever the output.

Numbers follow ICPC's default output validator: within the absolute or the relative tolerance is right.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from scoring.case_files import CheckerSpec

_WORD = re.compile(rb"[^\s]+")
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_FULL_LINE = re.compile(rb"[^\r\n]+")
_NUMBER = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_MAX_NUMBER_CHARS = 400  # longer ones are compared as words: reading them takes quadratic time

Body = bytes | memoryview


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Where an output differs first.

    Attributes:
        unit: `word`, `line` or `file`.
        number: of it, from 1.
    """

    unit: str
    number: int


def find_mismatch(checker: CheckerSpec, found: Body, right: Body) -> Mismatch | None:
    """Return where an output differs first from the right answer; None when it does not.

    Args:
        checker: says how to compare; not of kind `program`.
        found: the program's output.
        right: the answer.
    """
    if checker.kind == "exact":
        return None if bytes(found) == bytes(right) else Mismatch("file", 1)
    if checker.kind == "lines":
        return _first("line", _lines(found), _lines(right), checker)
    if checker.by_line:
        return _first_line(_full_lines(found), _full_lines(right), checker)
    return _first("word", _words(found), _words(right), checker)


def _first_line(found: Iterator[bytes], right: Iterator[bytes], checker: CheckerSpec) -> Mismatch | None:
    for number, (one, other) in enumerate(zip_longest(found, right), start=1):
        if one is None or other is None or _first("word", _words(one), _words(other), checker):
            return Mismatch("line", number)
    return None


def _first(
    unit: str, found: Iterator[bytes], right: Iterator[bytes], checker: CheckerSpec
) -> Mismatch | None:
    for number, (one, other) in enumerate(zip_longest(found, right), start=1):
        if one is None or other is None or not _is_same(one, other, checker):
            return Mismatch(unit, number)
    return None


def _words(body: Body) -> Iterator[bytes]:
    return (match.group() for match in _WORD.finditer(body))


def _full_lines(body: Body) -> Iterator[bytes]:
    """Yield the lines that are not blank."""
    return (match.group() for match in _FULL_LINE.finditer(body) if match.group().strip())


def _lines(body: Body) -> Iterator[bytes]:
    """Yield lines without white space at their ends, and none of the empty ones at the file's end."""
    n_empty = 0
    for match in _LINE.finditer(body):
        line = match.group().rstrip()
        if not line:
            n_empty += 1
            continue
        yield from (b"" for _ in range(n_empty))
        n_empty = 0
        yield line


def _is_same(found: bytes, right: bytes, checker: CheckerSpec) -> bool:
    if found == right:
        return True
    if checker.kind == "float" and _is_close(found, right, checker):
        return True
    return checker.ignore_case and found.lower() == right.lower()


def _is_close(found: bytes, right: bytes, checker: CheckerSpec) -> bool:
    if max(len(found), len(right)) > _MAX_NUMBER_CHARS:
        return False
    if not (_NUMBER.fullmatch(found) and _NUMBER.fullmatch(right)):
        return False
    value, wanted = float(found), float(right)
    if not (math.isfinite(value) and math.isfinite(wanted)):
        return False
    distance = abs(value - wanted)
    return distance <= checker.absolute or distance <= checker.relative * abs(wanted)
