"""Reads the hidden rows that a prompt is filled in with. They are the organizer's: a fault has a line."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from problems.errors import ProblemError
from problems.prompt_rules import PromptRules

MAX_ROWS_BYTES = 64 * 1024 * 1024


class RowFault(ProblemError):
    """A row that cannot be used. `line` is 1-based, 0 for the file as a whole."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(f"line {line}: {message}" if line else message)
        self.message = message
        self.line = line


@dataclass(frozen=True, slots=True)
class PromptRow:
    """One hidden row: its id, as the reference has it, and the text of each field that may be named."""

    id: str | int
    values: Mapping[str, str]


def read_rows(path: Path, rules: PromptRules) -> list[PromptRow]:
    """Read the rows of a problem.

    Args:
        path: JSONL, one object a line.
        rules: name the id and the fields.

    Returns:
        The rows, in order; at least one.

    Raises:
        RowFault: the first thing that is wrong.
    """
    if path.stat().st_size > MAX_ROWS_BYTES:
        raise RowFault(f"larger than {MAX_ROWS_BYTES // 1024 // 1024} MiB")
    rows: list[PromptRow] = []
    seen: dict[str | int, int] = {}
    for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        row = _row(text, line, rules)
        if row.id in seen:
            raise RowFault(f"id {row.id!r} stands already in line {seen[row.id]}", line)
        seen[row.id] = line
        rows.append(row)
    if not rows:
        raise RowFault("has no row")
    if len(rows) > rules.budget.requests:
        raise RowFault(f"{len(rows)} rows, but `budget.requests` allows {rules.budget.requests}")
    return rows


def _row(text: str, line: int, rules: PromptRules) -> PromptRow:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise RowFault("is no JSON", line) from None
    if not isinstance(said, dict):
        raise RowFault("is no JSON object", line)
    if missing := [name for name in (rules.id_field, *rules.fields) if name not in said]:
        raise RowFault(f"has no {', '.join(missing)}", line)
    key = said[rules.id_field]
    if isinstance(key, bool) or not isinstance(key, str | int):
        raise RowFault(f"{rules.id_field} is neither text nor a whole number", line)
    return PromptRow(key, {name: _text(said[name], name, line) for name in rules.fields})


def _text(value: object, name: str, line: int) -> str:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise RowFault(f"{name} is neither text nor a number", line)
    text = value if isinstance(value, str) else json.dumps(value)
    if "\0" in text:
        raise RowFault(f"{name} holds a NUL character", line)
    return text
