"""How ranks would change if a rejudging were applied now. Nothing is written."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, aliased

from judge.models import Judgement, LeaderboardEntry, Phase, Problem, Rejudging, Standing, Team
from judge.models.words import Board, State, Verdict
from judge.services.boards.rows import (
    Line,
    Total,
    list_lines,
    list_parts,
    list_totals,
    needs_subtasks,
    scales_of,
)
from judge.services.boards.rules import rules_of
from judge.services.boards.truth import list_candidates
from judge.services.rejudgings.boards import list_places, stretches

SHOWN = (Board.PUBLIC, Board.PRIVATE)


@dataclass(frozen=True, slots=True)
class RankChange:
    """A team's place on one board, before and after.

    Attributes:
        problem: of which problem; None where problems are added up.
        phase: in which phase.
        board: `public` or `private`.
        track: slug of the track, empty for all teams.
        team: name.
        old_rank: None when it had none.
        new_rank: None when it has none any more.
        old_score: of the submission that counts now, or the total.
        new_score: of the one that would count, or the total.
    """

    problem: Problem | None
    phase: Phase
    board: str
    track: str
    team: str
    old_rank: int | None
    new_rank: int | None
    old_score: float | None
    new_score: float | None


@dataclass(frozen=True, slots=True)
class RankChanges:
    """Who would stand elsewhere: the best places first, and how many there are in all."""

    shown: tuple[RankChange, ...]
    n_total: int


@dataclass(frozen=True, slots=True)
class _Line:
    key: bytes
    score: float


# Ranked lines of one problem, or overall, by board and track, then by team.
_Lines = Mapping[tuple[str, str], Mapping[int, _Line]]


@dataclass(frozen=True, slots=True)
class _Moved:
    phase: Phase
    problem: Problem | None
    place: tuple[str, str]
    team_id: int
    old_rank: int | None
    new_rank: int | None
    old: _Line | None
    new: _Line | None

    @property
    def order(self) -> tuple[object, ...]:
        """The better of the two ranks first; overall boards before those of problems."""
        best = min(rank for rank in (self.old_rank, self.new_rank) if rank is not None)
        return best, self.problem.id if self.problem else 0, self.phase.id, self.place, self.team_id

    def told(self, team: str) -> RankChange:
        """Return it with the team's name."""
        return RankChange(
            problem=self.problem,
            phase=self.phase,
            board=self.place[0],
            track=self.place[1],
            team=team,
            old_rank=self.old_rank,
            new_rank=self.new_rank,
            old_score=self.old.score if self.old else None,
            new_score=self.new.score if self.new else None,
        )


def rank_changes(session: Session, rejudging: Rejudging, *, limit: int = 50) -> RankChanges:
    """Return how ranks would change if everything that is judged were applied now. Nothing is written.

    Args:
        session: reads.
        rejudging: open.
        limit: most changes returned.
    """
    moved: list[_Moved] = []
    touched: dict[Phase, frozenset[int]] = {}
    for phase, problem, team_ids in list_places(session, rejudging):
        old = _lines_of(session, phase, problem)
        new = _lines_with(session, rejudging, phase, problem, team_ids)
        moved += _moves(phase, problem, old, new, team_ids)
        touched[phase] = touched.get(phase, frozenset()) | team_ids
    for phase, team_ids in touched.items():
        if scales_of(phase.contest):
            old, new = _totals_of(session, phase), _totals_with(session, rejudging, phase, team_ids)
            moved += _moves(phase, None, old, new, team_ids)
    moved.sort(key=lambda one: one.order)
    chosen = moved[:limit]
    rows = session.execute(select(Team.id, Team.name).where(Team.id.in_([one.team_id for one in chosen])))
    names = {number: name for number, name in rows}
    return RankChanges(tuple(one.told(names[one.team_id]) for one in chosen), len(moved))


def _moves(
    phase: Phase, problem: Problem | None, present: _Lines, computed: _Lines, team_ids: frozenset[int]
) -> Iterator[_Moved]:
    """Yield who would stand elsewhere; `computed` has the lines of the teams that were judged again alone."""
    for place in sorted(present.keys() | computed.keys()):
        old = present.get(place, {})
        new = {number: line for number, line in old.items() if number not in team_ids}
        new |= computed.get(place, {})
        before, after = (sorted(line.key for line in lines.values()) for lines in (old, new))
        for team_id in old.keys() | new.keys():
            was, becomes = old.get(team_id), new.get(team_id)
            old_rank = bisect_left(before, was.key) + 1 if was else None
            new_rank = bisect_left(after, becomes.key) + 1 if becomes else None
            if old_rank != new_rank:
                yield _Moved(phase, problem, place, team_id, old_rank, new_rank, was, becomes)


def _by_place(rows: Iterable[tuple[str, str, int, bytes, float]]) -> _Lines:
    found: dict[tuple[str, str], dict[int, _Line]] = {}
    for board, track, team_id, key, score in rows:
        found.setdefault((board, track), {})[team_id] = _Line(key, score)
    return found


def _lines_of(session: Session, phase: Phase, problem: Problem) -> _Lines:
    one = LeaderboardEntry
    rows = session.execute(
        select(one.board, one.track, one.team_id, one.order_key, one.score).where(
            one.phase_id == phase.id, one.problem_id == problem.id, one.board.in_(SHOWN), one.is_ranked
        )
    )
    return _by_place(rows)


def _totals_of(session: Session, phase: Phase) -> _Lines:
    one = Standing
    rows = session.execute(
        select(one.board, one.track, one.team_id, one.order_key, one.total).where(
            one.phase_id == phase.id, one.board.in_(SHOWN), one.is_ranked
        )
    )
    return _by_place(rows)


def _lines_with(
    session: Session, rejudging: Rejudging, phase: Phase, problem: Problem, team_ids: frozenset[int]
) -> _Lines:
    """Return the lines of teams on a problem's boards as they would be with the new judgements in place."""
    lines: list[Line] = []
    for teams in stretches(sorted(team_ids)):
        candidates = list_candidates(
            session, phase_id=phase.id, problem_id=problem.id, teams=teams, which=_counts_with(rejudging)
        )
        parts = list_parts(session, phase.contest_id, teams)
        lines += list_lines(problem.id, candidates, parts, rules_of(phase))
    return _by_place(
        (line.board, line.track, line.team_id, line.order_key, line.score)
        for line in lines
        if line.team_id in team_ids and line.board in SHOWN and line.is_ranked
    )


def _totals_with(session: Session, rejudging: Rejudging, phase: Phase, team_ids: frozenset[int]) -> _Lines:
    """Return the lines of teams on the overall boards, likewise."""
    scales, which = scales_of(phase.contest), _counts_with(rejudging)
    totals: list[Total] = []
    for teams in stretches(sorted(team_ids)):
        candidates = {
            problem_id: list_candidates(
                session,
                phase_id=phase.id,
                problem_id=problem_id,
                teams=teams,
                which=which,
                has_subtasks=needs_subtasks(phase),
            )
            for problem_id in scales
        }
        totals += list_totals(phase, scales, candidates, list_parts(session, phase.contest_id, teams))
    return _by_place(
        (total.board, total.track, total.team_id, total.order_key, total.total)
        for total in totals
        if total.team_id in team_ids and total.board in SHOWN and total.is_ranked
    )


def _counts_with(rejudging: Rejudging) -> ColumnElement[bool]:
    """Return what picks the judgements that would be current: the new ones that can be, else the present."""
    new, old = aliased(Judgement), aliased(Judgement)
    would_be_applied = (
        new.rejudging_id == rejudging.id,
        new.state == State.DONE,
        new.verdict != Verdict.JE,
        new.replaces_id.is_not(None),
    )
    replaced = select(new.replaces_id).where(*would_be_applied)
    is_old_current = select(old.id).where(old.id == Judgement.replaces_id, old.is_current).exists()
    return or_(
        and_(Judgement.is_current, Judgement.id.not_in(replaced)),
        and_(
            Judgement.rejudging_id == rejudging.id,
            Judgement.state == State.DONE,
            Judgement.verdict != Verdict.JE,
            is_old_current,
        ),
    )
