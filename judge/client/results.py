"""What the server says of a judged submission: metrics, cases, subtasks, tables, pictures. See `records`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Metric:
    """One value on one split, with its confidence interval; None means undefined, `reason` says why."""

    key: str
    split: str
    value: float | None
    higher_is_better: bool
    reason: str
    label: str = ""
    interval: tuple[float, float] | None = None

    @classmethod
    def from_json(cls, raw: Json) -> Self:
        """Read one metric."""
        ends = raw.get("interval")
        return cls(
            str(raw["key"]),
            str(raw["split"]),
            raw.get("value"),
            bool(raw.get("higher_is_better", True)),
            str(raw.get("reason", "")),
            str(raw.get("label", "")),
            (float(ends["low"]), float(ends["high"])) if ends else None,
        )


@dataclass(frozen=True, slots=True)
class Message:
    """A line about the submission: stable code, text in the language asked for."""

    code: str
    text: str

    @classmethod
    def from_json(cls, raw: Json) -> Self:
        """Read one message."""
        return cls(str(raw["code"]), str(raw.get("text", "")))


@dataclass(frozen=True, slots=True)
class Case:
    """One test case."""

    name: str
    title: str
    verdict: str
    score: float | None
    message: str
    subtask: str = ""

    @classmethod
    def from_json(cls, raw: Json) -> Self:
        """Read one case."""
        message = raw.get("message") or {}
        return cls(
            str(raw["name"]),
            str(raw.get("title", "")),
            str(raw["verdict"]),
            raw.get("score"),
            str(message.get("text", "")),
            str(raw.get("subtask", "")),
        )


@dataclass(frozen=True, slots=True)
class Subtask:
    """What a group of test cases gave on one split."""

    name: str
    title: str
    split: str
    points: float
    max_points: float
    n_passed: int
    n_cases: int

    @classmethod
    def from_json(cls, raw: Json) -> Self:
        """Read one subtask."""
        return cls(
            str(raw["name"]),
            str(raw.get("title", "")),
            str(raw.get("split", "")),
            float(raw.get("points") or 0),
            float(raw.get("max_points") or 0),
            int(raw.get("n_passed", 0)),
            int(raw.get("n_cases", 0)),
        )


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the problem's scorer; cells are texts, numbers, truth values or None."""

    name: str
    title: str
    split: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]

    @classmethod
    def from_json(cls, raw: Json) -> Self:
        """Read one table."""
        return cls(
            str(raw["name"]),
            str(raw.get("title", "")),
            str(raw.get("split", "")),
            tuple(str(column) for column in raw.get("columns", ())),
            tuple(tuple(row) for row in raw.get("rows", ())),
        )


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture of the problem's scorer; `JudgeClient.plot` fetches it."""

    name: str
    title: str
    split: str
    media_type: str

    @property
    def filename(self) -> str:
        """Return a name for the picture as a file."""
        return self.name + (".svg" if self.media_type == "image/svg+xml" else ".png")

    @classmethod
    def from_json(cls, raw: Json) -> Self:
        """Read one picture."""
        return cls(
            str(raw["name"]),
            str(raw.get("title", "")),
            str(raw.get("split", "")),
            str(raw.get("media_type", "")),
        )
