"""How many lines boards have: counted along as lines come and go, and anew when boards are rebuilt."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from sqlalchemy import case, func, literal, select, text, update
from sqlalchemy.orm import Session

from judge.models import BoardSize, LeaderboardEntry, Phase, Standing

OVERALL_BOARDS = 0  # in place of a problem's id

# Both databases know it in these words. What is counted meanwhile by others is not lost.
_ADD = text(
    "INSERT INTO board_size (phase_id, problem_id, board, track, n_lines, n_ranked) "
    "VALUES (:phase_id, :problem_id, :board, :track, :n_lines, :n_ranked) "
    "ON CONFLICT (phase_id, problem_id, board, track) DO UPDATE SET "
    "n_lines = board_size.n_lines + excluded.n_lines, n_ranked = board_size.n_ranked + excluded.n_ranked"
)


class Counted(Protocol):
    """A line of any board."""

    @property
    def problem_id(self) -> int: ...  # noqa: D102
    @property
    def board(self) -> str: ...  # noqa: D102
    @property
    def track(self) -> str: ...  # noqa: D102
    @property
    def is_ranked(self) -> bool: ...  # noqa: D102


class Size(NamedTuple):
    """How many lines a board of a phase has, and how many of them have a rank."""

    problem_id: int
    board: str
    track: str
    n_lines: int = 0
    n_ranked: int = 0

    @property
    def place(self) -> tuple[int, str, str]:
        """Which board."""
        return self.problem_id, self.board, self.track


def get_size(session: Session, phase_id: int, problem_id: int | None, board: str, track: str) -> Size:
    """Return a board's size; `problem_id` None is the overall one."""
    place = (problem_id or OVERALL_BOARDS, board, track)
    row = session.execute(
        select(BoardSize.n_lines, BoardSize.n_ranked).where(
            BoardSize.phase_id == phase_id,
            BoardSize.problem_id == place[0],
            BoardSize.board == board,
            BoardSize.track == track,
        )
    ).one_or_none()
    return Size(*place) if row is None else Size(*place, row.n_lines, row.n_ranked)


def count_along(session: Session, phase: Phase, gone: Iterable[Counted], came: Iterable[Counted]) -> None:
    """Count lines that went and came.

    Boards are taken in one order, after the teams, so that no two transactions wait for each other.
    """
    n_lines: Counter[tuple[int, str, str]] = Counter()
    n_ranked = n_lines.copy()
    for sign, lines in ((-1, gone), (1, came)):
        for line in lines:
            place = line.problem_id, line.board, line.track
            n_lines[place] += sign
            n_ranked[place] += sign * line.is_ranked
    changed = [
        {"phase_id": phase.id, **Size(*place, n_lines[place], n_ranked[place])._asdict()}
        for place in sorted(n_lines)
        if n_lines[place] or n_ranked[place]
    ]
    if changed:
        session.execute(_ADD, changed)


def hold_sizes(session: Session, phase: Phase) -> dict[tuple[int, str, str], Size]:
    """Return the sizes of all of a phase's boards; nobody else counts there until this transaction ends."""
    rows = session.execute(
        select(BoardSize.problem_id, BoardSize.board, BoardSize.track, BoardSize.n_lines, BoardSize.n_ranked)
        .where(BoardSize.phase_id == phase.id)
        .order_by(BoardSize.problem_id, BoardSize.board, BoardSize.track)
        .with_for_update()
    )
    return {size.place: size for size in (Size(*row) for row in rows)}


def recount(session: Session, phase: Phase, *, is_applied: bool = True) -> list[tuple[Size, Size]]:
    """Count the lines of all of a phase's boards, and put the sizes right.

    Args:
        session: writing transaction.
        phase: of which phase.
        is_applied: False only tells what is wrong.

    Returns:
        What was not right: what was there, and what is wanted.
    """
    found = hold_sizes(session, phase)
    missing = [Size(*size.place) for size in _count(session, phase) if size.place not in found]
    if missing and is_applied:
        # A board that nobody has counted on yet cannot be held before it is there.
        session.execute(_ADD, [{"phase_id": phase.id, **size._asdict()} for size in missing])
        found = hold_sizes(session, phase)
    counted = {size.place: size for size in _count(session, phase)}
    pairs = [
        (found.get(place, Size(*place)), counted.get(place, Size(*place)))
        for place in sorted(found.keys() | counted.keys())
    ]
    differing = [(size, wanted) for size, wanted in pairs if size != wanted]
    if is_applied and differing:
        rows = [{"phase_id": phase.id, **size._asdict()} for _, size in differing]
        session.execute(update(BoardSize), rows)  # by primary key
    return differing


def _count(session: Session, phase: Phase) -> Sequence[Size]:
    sizes: list[Size] = []
    for model, problem_id in (
        (LeaderboardEntry, LeaderboardEntry.problem_id),
        (Standing, literal(OVERALL_BOARDS)),
    ):
        ranked = func.sum(case((model.is_ranked, 1), else_=0))
        rows = session.execute(
            select(problem_id, model.board, model.track, func.count(), ranked)
            .where(model.phase_id == phase.id)
            .group_by(problem_id, model.board, model.track)
        )
        sizes += [Size(*row) for row in rows]
    return sizes
