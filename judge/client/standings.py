"""What a client reads of overall rankings and of the choice of final submissions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StandingRow:
    """One team; `cells` says what each problem gave, by slug."""

    rank: int | None
    team: str
    is_own: bool
    total: float
    penalty: int
    cells: Mapping[str, Json]

    @classmethod
    def from_json(cls, raw: Json) -> Self:
        """Read one row."""
        return cls(
            None if raw["rank"] is None else int(raw["rank"]),
            str(raw["team"]),
            bool(raw.get("is_own")),
            float(raw.get("total") or 0.0),
            int(raw.get("penalty", 0)),
            raw.get("cells", {}),
        )


@dataclass(frozen=True, slots=True)
class Standings:
    """A page of an overall ranking; `problems` are slugs in order."""

    contest: str
    format: str
    problems: tuple[str, ...]
    n_teams: int
    rows: tuple[StandingRow, ...]
    raw: Json

    @classmethod
    def from_json(cls, raw: Json) -> Self:
        """Read a page."""
        return cls(
            str(raw["contest"]),
            str(raw["format"]),
            tuple(raw.get("problems", {})),
            int(raw.get("n_teams", 0)),
            tuple(StandingRow.from_json(row) for row in raw.get("rows", ())),
            raw,
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """A team's choice of final submissions on a problem."""

    submission: str
    is_selected: bool
    n_selected: int
    limit: int
    raw: Json

    @classmethod
    def from_json(cls, raw: Json) -> Self:
        """Read it."""
        numbers = int(raw["n_selected"]), int(raw["limit"])
        return cls(str(raw["submission"]), bool(raw["is_selected"]), *numbers, raw)
