"""What a scorer shows beside numbers, for the submission's page: tables, pictures, subtasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from web.i18n import localised
from web.presenters.words import SPLITS


@dataclass(frozen=True, slots=True)
class ColumnHead:
    """A column of a scorer's table; numbers stand on the right and are not broken."""

    title: str
    is_number: bool


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A scorer's table; rows have a text for each column."""

    title: str
    columns: list[ColumnHead]
    rows: list[list[str]]


@dataclass(frozen=True, slots=True)
class PlotBlock:
    """A scorer's picture; `name` is for its address."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class SubtaskRow:
    """What a group of tests gave on one part of the data."""

    title: str
    split: object
    n_passed: int
    n_cases: int
    points: float
    max_points: float


@dataclass(frozen=True, slots=True)
class Exhibits:
    """All of them; `has_splits` says whether subtasks are of more than one part of the data."""

    tables: list[TableBlock]
    plots: list[PlotBlock]
    subtasks: list[SubtaskRow]
    has_splits: bool


def present_exhibits(shown: Mapping[str, Sequence[Mapping[str, Any]]]) -> Exhibits:
    """Return what of a scorer's exhibits the viewer may see, for the page."""
    subtasks = shown.get("subtasks", ())
    return Exhibits(
        tables=[_table(one) for one in shown.get("tables", ())],
        plots=[
            PlotBlock(one["name"], localised(one["title"]) or one["name"]) for one in shown.get("plots", ())
        ],
        subtasks=[_subtask(one) for one in subtasks],
        has_splits=len({one["split"] for one in subtasks}) > 1,
    )


def _subtask(subtask: Mapping[str, Any]) -> SubtaskRow:
    return SubtaskRow(
        title=localised(subtask["title"]) or subtask["name"],
        split=SPLITS.get(subtask["split"], subtask["split"]),
        n_passed=subtask["n_passed"],
        n_cases=subtask["n_cases"],
        points=subtask["points"],
        max_points=subtask["max_points"],
    )


def _table(table: Mapping[str, Any]) -> TableBlock:
    rows = table["rows"]
    columns = [
        ColumnHead(title, bool(rows) and all(_is_number(row[at]) for row in rows))
        for at, title in enumerate(table["columns"])
    ]
    shown = [[_cell(cell) for cell in row] for row in rows]
    return TableBlock(localised(table["title"]) or table["name"], columns, shown)


def _is_number(cell: object) -> bool:
    return cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool))


def _cell(cell: object) -> str:
    if isinstance(cell, float):
        return f"{cell:.6g}"
    return "–" if cell is None else str(cell)
