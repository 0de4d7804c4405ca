"""What the server answers, as frozen records.

Each is read from the JSON leniently: fields a newer server adds are ignored, and `raw` keeps the whole
object for `--json` and for scripts that need more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from judge.client.results import Case, Json, Message, Metric, Plot, Subtask, Table

__all__ = [
    "Account",
    "Case",
    "Contest",
    "Leaderboard",
    "LeaderboardRow",
    "Message",
    "Metric",
    "Plot",
    "Problem",
    "ProblemFile",
    "Quota",
    "Submission",
    "Subtask",
    "Table",
    "Team",
]

FINAL_STATES = frozenset({"done", "cancelled"})


@dataclass(frozen=True, slots=True)
class Team:
    """A team of the caller. `is_solo` marks the one every account has for itself."""

    id: int
    name: str
    is_solo: bool

    @classmethod
    def from_json(cls, raw: Json) -> Self:
        """Read one team."""
        return cls(int(raw["id"]), str(raw["name"]), bool(raw.get("is_solo")))


@dataclass(frozen=True, slots=True)
class Account:
    """Who the token belongs to."""

    username: str
    role: str
    teams: tuple[Team, ...]
    raw: Json = field(repr=False, compare=False)

    @classmethod
    def from_json(cls, raw: Json) -> Self:
        """Read the answer of `/me`."""
        teams = tuple(Team.from_json(team) for team in raw.get("teams", ()))
        return cls(str(raw["username"]), str(raw.get("role", "")), teams, raw)


@dataclass(frozen=True, slots=True)
class ProblemFile:
    """A file contestants may download. `path` is relative to the problem's public folder."""

    path: str
    size: int
    sha256: str

    @classmethod
    def from_json(cls, raw: Json) -> Self:
        """Read one file."""
        return cls(str(raw["path"]), int(raw["size_bytes"]), str(raw["sha256"]))


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem; `statement` and `files` are filled when one problem is asked for by name."""

    slug: str
    name: str
    kind: str
    version: str
    summary: str
    formats: tuple[str, ...]
    max_mib: float
    metric: str
    statement: str
    files: tuple[ProblemFile, ...]
    raw: Json = field(repr=False, compare=False)

    @classmethod
    def from_json(cls, raw: Json) -> Self:
        """Read one problem."""
        return cls(
            slug=str(raw["slug"]),
            name=str(raw["name"]),
            kind=str(raw["kind"]),
            version=str(raw["version"]),
            summary=str(raw.get("summary", "")),
            formats=tuple(raw.get("formats", ())),
            max_mib=float(raw.get("max_mib", 0)),
            metric=str(raw.get("metric", "")),
            statement=str(raw.get("statement", "")),
            files=tuple(ProblemFile.from_json(item) for item in raw.get("files", ())),
            raw=raw,
        )


@dataclass(frozen=True, slots=True)
class Contest:
    """A contest or lab; times and phases are in `raw`."""

    slug: str
    name: str
    kind: str
    problems: tuple[str, ...]
    raw: Json = field(repr=False, compare=False)

    @classmethod
    def from_json(cls, raw: Json) -> Self:
        """Read one contest."""
        problems = tuple(str(item["slug"]) for item in raw.get("problems", ()))
        return cls(str(raw["slug"]), str(raw["name"]), str(raw["kind"]), problems, raw)


@dataclass(frozen=True, slots=True)
class Quota:
    """Submissions used and allowed; a limit of None means no limit."""

    limit_per_day: int | None
    used_today: int
    renews_at: str | None
    limit_total: int | None
    used_total: int

    @classmethod
    def from_json(cls, raw: Json) -> Self:
        """Read one quota."""
        return cls(
            raw.get("limit_per_day"),
            int(raw.get("used_today", 0)),
            raw.get("renews_at"),
            raw.get("limit_total"),
            int(raw.get("used_total", 0)),
        )

    @property
    def left(self) -> int | None:
        """Return how many are left now, None when there is no limit."""
        pairs = ((self.limit_per_day, self.used_today), (self.limit_total, self.used_total))
        lefts = [limit - used for limit, used in pairs if limit is not None]
        return max(0, min(lefts)) if lefts else None


@dataclass(frozen=True, slots=True)
class Submission:
    """One submission and how far its judging is."""

    id: str
    problem: str
    contest: str
    filename: str
    submitted_at: str
    state: str
    verdict: str | None
    score: float | None
    metrics: tuple[Metric, ...]
    subtasks: tuple[Subtask, ...]
    cases: tuple[Case, ...]
    tables: tuple[Table, ...]
    plots: tuple[Plot, ...]
    messages: tuple[Message, ...]
    quota: Quota | None
    raw: Json = field(repr=False, compare=False)

    @classmethod
    def from_json(cls, raw: Json) -> Self:
        """Read one submission."""
        return cls(
            id=str(raw["id"]),
            problem=str(raw["problem"]),
            contest=str(raw["contest"]),
            filename=str(raw["filename"]),
            submitted_at=str(raw["submitted_at"]),
            state=str(raw["state"]),
            verdict=raw.get("verdict"),
            score=raw.get("score"),
            metrics=tuple(Metric.from_json(item) for item in raw.get("metrics", ())),
            subtasks=tuple(Subtask.from_json(item) for item in raw.get("subtasks", ())),
            cases=tuple(Case.from_json(item) for item in raw.get("cases", ())),
            tables=tuple(Table.from_json(item) for item in raw.get("tables", ())),
            plots=tuple(Plot.from_json(item) for item in raw.get("plots", ())),
            messages=tuple(Message.from_json(item) for item in raw.get("messages", ())),
            quota=Quota.from_json(raw["quota"]) if raw.get("quota") else None,
            raw=raw,
        )

    @property
    def is_final(self) -> bool:
        """Return whether judging is over."""
        return self.state in FINAL_STATES

    @property
    def waiting(self) -> str:
        """Return what a queued one waits for beside its turn, "" when nothing special."""
        line = self.raw.get("waiting_for")
        return str(line.get("text", "")) if isinstance(line, Mapping) else ""

    @property
    def url(self) -> str:
        """Return the address of its page."""
        return str(self.raw.get("urls", {}).get("html", ""))


@dataclass(frozen=True, slots=True)
class LeaderboardRow:
    """One ranked team."""

    rank: int | None
    team: str
    score: float | None
    metrics: Mapping[str, float | None]
    n_submissions: int
    submitted_at: str
    is_own: bool

    @classmethod
    def from_json(cls, raw: Json) -> Self:
        """Read one row."""
        return cls(
            None if raw["rank"] is None else int(raw["rank"]),
            str(raw["team"]),
            raw.get("score"),
            raw.get("metrics", {}),
            int(raw.get("n_submissions", 0)),
            str(raw.get("submitted_at") or ""),
            bool(raw.get("is_own")),
        )


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """A page of the ordering of teams on one problem."""

    contest: str
    problem: str
    split: str
    metric: str
    n_teams: int
    rows: tuple[LeaderboardRow, ...]
    raw: Json = field(repr=False, compare=False)

    @classmethod
    def from_json(cls, raw: Json) -> Self:
        """Read one page."""
        return cls(
            str(raw["contest"]),
            str(raw["problem"]),
            str(raw["split"]),
            str(raw["metric"]),
            int(raw["n_teams"]),
            tuple(LeaderboardRow.from_json(item) for item in raw["rows"]),
            raw,
        )
