"""Leaderboard arithmetic: which submission counts for a team on which board. Pure, no NumPy.

The order itself is in `scoring.order`. Entries without a real score (None, NaN, infinite) have no line.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from scoring.order import order_key


class Policy(StrEnum):
    """Which of a team's submissions counts."""

    BEST = "best"
    LAST = "last"
    SELECTED = "selected"


class Board(StrEnum):
    """What is ranked: the public split, the public split as it was at the freeze, or the private split."""

    PUBLIC = "public"
    FROZEN = "frozen"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides which submission counts.

    Attributes:
        policy: see `Policy`.
        n_selected: with `SELECTED`, how many submissions a team's final choice holds.
        freeze_at: submissions from this instant on do not change the frozen board; None: there is none.
    """

    policy: Policy = Policy.BEST
    n_selected: int = 2
    freeze_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """A submission's result on one split; `ties` are turned so that larger is better."""

    score: float | None = None
    ties: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Subtask:
    """What a group of test cases gave on one split."""

    name: str
    split: str
    points: float
    max_points: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A team's judged submission, with or without a score.

    Attributes:
        submission_id: rises with every submission of a team.
        judgement_id: what made the scores.
        submitted_at: aware instant.
        public: result on the public split.
        private: result on the private one.
        higher_is_better: direction of the scores.
        generation: only scores of one generation mean the same; the newest is preferred.
        is_selected: whether the team chose it as one of its final submissions.
        verdict: of the judgement.
        late_factor: what the late policy leaves of its points, 0 to 1.
        subtasks: where they matter.
    """

    submission_id: int
    judgement_id: int
    submitted_at: datetime
    public: Scored = field(default_factory=Scored)
    private: Scored = field(default_factory=Scored)
    higher_is_better: bool = True
    generation: int = 0
    is_selected: bool = False
    verdict: str = ""
    late_factor: float = 1.0
    subtasks: tuple[Subtask, ...] = ()

    def result(self, board: Board) -> Scored:
        """Return what a board goes by."""
        return self.private if board is Board.PRIVATE else self.public

    def key(self, board: Board) -> bytes | None:
        """Return its order key on a board; None when it cannot rank there."""
        result = self.result(board)
        return order_key(
            result.score,
            result.ties,
            self.submitted_at,
            self.submission_id,
            higher_is_better=self.higher_is_better,
            generation=self.generation,
        )


@dataclass(frozen=True, slots=True)
class Line:
    """A team's line on one board.

    Attributes:
        board: which one.
        candidate: the submission that counts.
        score: its score there.
        order_key: ascending from the first place to the last.
        n_submissions: how many judged submissions the team has there.
    """

    board: Board
    candidate: Candidate
    score: float
    order_key: bytes
    n_submissions: int


def fold(candidates: Sequence[Candidate], rules: Rules) -> list[Line]:
    """Return a team's lines on one problem's boards from its judged submissions; a pure function of them.

    Args:
        candidates: the team's submissions to the problem that were judged, each by its current judgement; in
            any order. Those that ended by a fault of the judge's are left out by the caller.
        rules: the phase's.

    Returns:
        At most one line per board; none where no submission that counts has a real score.
    """
    lines = [_line(board, candidates, rules) for board in (Board.PUBLIC, Board.PRIVATE)]
    if rules.freeze_at is not None:
        lines.append(_line(Board.FROZEN, _shown(candidates, Board.FROZEN, rules), rules))
    return [line for line in lines if line is not None]


def counted(
    candidates: Sequence[Candidate], board: Board, rules: Rules, *, is_all: bool = False
) -> Sequence[Candidate]:
    """Return the submissions among which a team's best counts on a board.

    Args:
        candidates: the team's to one problem.
        board: where.
        rules: the phase's.
        is_all: whatever the policy says: all of those that the board shows.
    """
    shown = _shown(candidates, board, rules)
    if is_all or rules.policy is Policy.BEST:
        return shown
    if rules.policy is Policy.LAST:
        return _latest(shown, 1)  # its own score, whatever it is
    # What a team selects does not show before the end.
    return _chosen(shown, rules) if board is Board.PRIVATE else shown


def _shown(candidates: Sequence[Candidate], board: Board, rules: Rules) -> Sequence[Candidate]:
    if board is not Board.FROZEN or rules.freeze_at is None:
        return candidates
    return [one for one in candidates if one.submitted_at < rules.freeze_at]


def _line(board: Board, shown: Sequence[Candidate], rules: Rules) -> Line | None:
    keyed = [(key, one) for one in counted(shown, board, rules) if (key := one.key(board)) is not None]
    if not keyed:
        return None
    key, best = min(keyed, key=lambda pair: pair[0])
    score = best.result(board).score
    assert score is not None  # noqa: S101 - it has a key
    return Line(board, best, score, key, len(shown))


def _latest(candidates: Sequence[Candidate], n: int) -> list[Candidate]:
    """Return the last `n` by number: a clock that went back does not make an older one the last."""
    return sorted(candidates, key=lambda one: one.submission_id)[-n:]


def _chosen(candidates: Sequence[Candidate], rules: Rules) -> Sequence[Candidate]:
    """Return the final submissions: what the team chose, else its best on the public split."""
    chosen = [one for one in candidates if one.is_selected]
    if chosen:
        return _latest(chosen, rules.n_selected)
    keyed = sorted(
        (key, one.submission_id) for one in candidates if (key := one.key(Board.PUBLIC)) is not None
    )
    if not keyed:  # nothing is public here
        return _latest(candidates, rules.n_selected)
    best = {submission_id for _, submission_id in keyed[: rules.n_selected]}
    return [one for one in candidates if one.submission_id in best]
