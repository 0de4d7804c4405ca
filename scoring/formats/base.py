"""What the formats of contests share: what they are given, and what they give back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scoring.leaderboard import Board, Candidate, Rules
from scoring.order import instant


class Format(StrEnum):
    """How a contest ranks: problem by problem, or by what the problems add up to."""

    PROBLEMS = "problems"
    SUM = "sum"
    ICPC = "icpc"
    IOI = "ioi"
    HOMEWORK = "homework"


@dataclass(frozen=True, slots=True)
class Scale:
    """How a problem's score becomes points: linear from `zero` to `full`, cut off there.

    Attributes:
        zero: score that gives nothing.
        full: score that gives all; below `zero` when lower is better.
        points: what it gives then.
    """

    zero: float = 0.0
    full: float = 1.0
    points: float = 100.0

    def share(self, score: float) -> float:
        """Return what part of the points a finite score gives, 0 to 1."""
        return min(1.0, max(0.0, (score - self.zero) / (self.full - self.zero)))


@dataclass(frozen=True, slots=True)
class Setting:
    """A contest's rules and one team's judged submissions.

    Attributes:
        format: see `Format`.
        rules: which submissions count, and when the board is frozen.
        scales: by problem, in the contest's order.
        candidates: the team's, by problem.
        starts_at: what penalty minutes are counted from.
    """

    format: Format
    rules: Rules
    scales: Mapping[int, Scale]
    candidates: Mapping[int, Sequence[Candidate]]
    starts_at: datetime

    @property
    def boards(self) -> tuple[Board, ...]:
        """Return the boards there are."""
        return tuple(
            board for board in Board if board is not Board.FROZEN or self.rules.freeze_at is not None
        )

    def own(self, problem_id: int) -> Sequence[Candidate]:
        """Return the team's submissions to a problem in the order they were received."""
        return sorted(self.candidates.get(problem_id, ()), key=lambda one: one.submission_id)


@dataclass(frozen=True, slots=True)
class Overall:
    """A team's line on one overall board.

    Attributes:
        board: which one.
        total: points, or problems solved.
        penalty: minutes; 0 where the format has none.
        cells: by problem id, what it gave, as JSON values.
        decided_at: when the last submission that counts was handed in.
        order_key: ascending from the first place to the last.
    """

    board: Board
    total: float
    penalty: int
    cells: Mapping[str, Mapping[str, object]]
    decided_at: datetime
    order_key: bytes


def close_key(head: bytes, decided_at: datetime, last: Candidate) -> bytes:
    """Return an order key that goes on by time, and never equals another team's."""
    return head + instant(decided_at) + last.submission_id.to_bytes(8, "big")
