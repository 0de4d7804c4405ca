"""Leaderboards of Codabench bundles: columns become metrics, computed ones derived metrics."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from problems.importers.document import Document, as_list, as_mapping
from problems.importers.report import Fate, Report

_COMPUTED = {"sum": "{sum}", "avg": "({sum}) / {n}", "min": "min({all})", "max": "max({all})"}


@dataclass(frozen=True, slots=True)
class Board:
    """What is ranked by.

    Attributes:
        columns: key in a scoring program's output → metric key.
        metrics, derived: of the manifest.
        primary: metric key.
        others: further columns.
    """

    columns: dict[str, str]
    metrics: list[dict[str, Any]]
    derived: list[dict[str, Any]]
    primary: str
    others: list[str]


def read_board(said: Document, report: Report) -> Board:
    """Read the leaderboard of either version.

    Raises:
        PackageError: there are no columns.
    """
    boards = as_list(said.take("leaderboards"))
    v15 = as_mapping(said.take("leaderboard"))
    columns: list[Mapping[str, Any]]
    if boards or isinstance(said.value.get("leaderboard"), list):
        boards = boards or as_list(said.value["leaderboard"])
        for number in range(1, len(boards)):
            report.add(
                Fate.LEFT_OUT,
                said.file,
                "leaderboard",
                "a second one",
                line=said.line("leaderboards", number),
            )
        board = as_mapping(boards[0])
        columns = [as_mapping(item) for item in as_list(board.get("columns"))]
        first = board.get("primary_index", 0)
    else:
        found = as_mapping(v15.get("columns"))
        columns = [{"key": key, **as_mapping(item)} for key, item in found.items()]
        columns.sort(key=lambda item: item.get("rank", 0) if isinstance(item.get("rank"), int) else 0)
        first = 0
    if not columns:
        raise said.fault(
            "leaderboard-missing", "there are no columns to rank by", "leaderboards", "leaderboard"
        )
    return _board(columns, first if isinstance(first, int) else 0, said, report)


def _board(columns: list[Mapping[str, Any]], first: int, said: Document, report: Report) -> Board:
    keys = [_identifier(str(column.get("key") or column.get("title") or "score")) for column in columns]
    metrics, derived, mapped = [], [], {}
    for column, key in zip(columns, keys, strict=True):
        direction = str(column.get("sorting") or column.get("sort") or "desc").lower() != "asc"
        computation = str(
            column.get("computation") or as_mapping(column.get("computed")).get("operation") or ""
        )
        if not computation:
            metrics.append({"name": key, "higher_is_better": direction})
            mapped[str(column.get("key", key))] = key
            report.add(
                Fate.MAPPED,
                said.file,
                f"column {key}",
                "higher is better" if direction else "lower is better",
            )
            continue
        over = _over(column, columns, keys)
        template = _COMPUTED.get(computation.lower())
        if template is None or not over:
            report.add(
                Fate.REFUSED,
                said.file,
                f"column {key}",
                f"computation {computation[:40]} of {len(over)} columns",
            )
            continue
        formula = template.format(sum=" + ".join(over), n=len(over), all=", ".join(over))
        derived.append({"name": key, "formula": formula, "higher_is_better": direction})
        report.add(Fate.MAPPED, said.file, f"column {key}", formula)
    order = [key for key in keys if key in {item["name"] for item in (*metrics, *derived)}]
    primary = keys[first] if 0 <= first < len(keys) and keys[first] in order else (order or keys)[0]
    return Board(mapped, metrics, derived, primary, [key for key in order if key != primary])


def _over(column: Mapping[str, Any], columns: list[Mapping[str, Any]], keys: list[str]) -> list[str]:
    """Return the keys of the columns that a computed one is made of."""
    indexes = as_list(column.get("computation_indexes"))
    by_index = {str(item.get("index", number)): keys[number] for number, item in enumerate(columns)}
    fields = as_mapping(column.get("computed")).get("fields")
    named = [name.strip() for name in fields.split(",")] if isinstance(fields, str) else as_list(fields)
    return [by_index[str(index)] for index in indexes if str(index) in by_index] or [
        _identifier(str(name)) for name in named if _identifier(str(name)) in keys
    ]


def _identifier(text: str) -> str:
    name = re.sub(r"[^A-Za-z0-9_]+", "_", text).strip("_")[:64] or "score"
    return name if not name[0].isdigit() else f"c_{name}"[:64]
