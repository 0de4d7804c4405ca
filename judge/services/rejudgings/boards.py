"""Leaderboards under a rejudging: how ranks would change, and bringing them in line once it is applied."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select, union
from sqlalchemy.orm import Session, aliased

from judge.models import Judgement, LeaderboardEntry, Phase, Problem, Rejudging, Submission, Team
from judge.models.leaderboard import OVERALL
from judge.models.words import Board, State, Verdict
from judge.services import ladders
from judge.services.boards.locks import hold_teams, share_phase
from judge.services.boards.rebuilding import rebuild
from judge.services.boards.rows import Line, list_lines, list_parts, refresh
from judge.services.boards.rules import learn_direction, rules_of
from judge.services.boards.sizes import hold_sizes
from judge.services.boards.truth import Teams, list_candidates

FEW = 50
STRETCH = 1000
SHOWN = (Board.PUBLIC, Board.PRIVATE)


@dataclass(frozen=True, slots=True)
class RankChange:
    """A team's place on one board, before and after.

    Attributes:
        problem: of which problem.
        phase: in which phase.
        board: `public` or `private`.
        team: name.
        old_rank: None when it had none.
        new_rank: None when it has none any more.
        old_score: of the submission that counts now.
        new_score: of the one that would count.
    """

    problem: Problem
    phase: Phase
    board: str
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


def rank_changes(session: Session, rejudging: Rejudging, *, limit: int = 50) -> RankChanges:
    """Return how ranks would change if everything that is judged were applied now. Nothing is written.

    Args:
        session: reads.
        rejudging: open.
        limit: most changes returned.
    """
    changes: list[tuple[int, int, _Moved]] = []
    for phase, problem, team_ids in _places(session, rejudging):
        new_rows = _rows_with(session, rejudging, phase, problem, team_ids)
        for board in SHOWN:
            old = _lines(session, phase, problem, board)
            new = {team_id: line for team_id, line in old.items() if team_id not in team_ids}
            new |= {row.team_id: _Line(row.order_key, row.score) for row in new_rows if row.board == board}
            changes += [
                (min(moved.best, 2**31), moved.team_id, moved)
                for moved in _moves(old, new, _Place(phase, problem, board))
            ]
    changes.sort(key=lambda one: one[:2])
    chosen = [moved for _, _, moved in changes[:limit]]
    names: dict[int, str] = {
        number: name
        for number, name in session.execute(
            select(Team.id, Team.name).where(Team.id.in_([moved.team_id for moved in chosen]))
        )
    }
    return RankChanges(tuple(moved.told(names[moved.team_id]) for moved in chosen), len(changes))


@dataclass(frozen=True, slots=True)
class _Place:
    phase: Phase
    problem: Problem
    board: Board


@dataclass(frozen=True, slots=True)
class _Moved:
    place: _Place
    team_id: int
    old_rank: int | None
    new_rank: int | None
    old: _Line | None
    new: _Line | None

    @property
    def best(self) -> int:
        """The better of the two ranks."""
        return min(rank for rank in (self.old_rank, self.new_rank) if rank is not None)

    def told(self, team: str) -> RankChange:
        """Return it with the team's name."""
        return RankChange(
            problem=self.place.problem,
            phase=self.place.phase,
            board=self.place.board.value,
            team=team,
            old_rank=self.old_rank,
            new_rank=self.new_rank,
            old_score=self.old.score if self.old else None,
            new_score=self.new.score if self.new else None,
        )


def _moves(old: Mapping[int, _Line], new: Mapping[int, _Line], place: _Place) -> Iterator[_Moved]:
    before, after = (sorted(line.key for line in lines.values()) for lines in (old, new))
    for team_id in old.keys() | new.keys():
        was, becomes = old.get(team_id), new.get(team_id)
        old_rank = bisect_left(before, was.key) + 1 if was else None
        new_rank = bisect_left(after, becomes.key) + 1 if becomes else None
        if old_rank != new_rank:
            yield _Moved(place, team_id, old_rank, new_rank, was, becomes)


def _lines(session: Session, phase: Phase, problem: Problem, board: Board) -> dict[int, _Line]:
    rows = session.execute(
        select(LeaderboardEntry.team_id, LeaderboardEntry.order_key, LeaderboardEntry.score).where(
            LeaderboardEntry.phase_id == phase.id,
            LeaderboardEntry.problem_id == problem.id,
            LeaderboardEntry.board == board,
            LeaderboardEntry.track == OVERALL,
            LeaderboardEntry.is_ranked,
        )
    )
    return {team_id: _Line(key, score) for team_id, key, score in rows}


def _rows_with(
    session: Session, rejudging: Rejudging, phase: Phase, problem: Problem, team_ids: frozenset[int]
) -> list[Line]:
    """Return the ranked overall lines of teams as they would be with the new judgements in place."""
    rows: list[Line] = []
    for teams in _stretches(sorted(team_ids)):
        candidates = list_candidates(
            session, phase_id=phase.id, problem_id=problem.id, teams=teams, which=_counts_with(rejudging)
        )
        parts = list_parts(session, phase.contest_id, teams)
        rows += [
            row
            for row in list_lines(problem.id, candidates, parts, rules_of(phase))
            if row.team_id in team_ids and row.track == OVERALL and row.is_ranked
        ]
    return rows


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


def _places(session: Session, rejudging: Rejudging) -> Iterator[tuple[Phase, Problem, frozenset[int]]]:
    """Yield phase, problem, and the teams of which submissions were judged again there."""
    rows = session.execute(
        select(Submission.phase_id, Submission.problem_id, Submission.team_id)
        .join(Judgement, Judgement.submission_id == Submission.id)
        .where(Judgement.rejudging_id == rejudging.id)
        .distinct()
    )
    found: dict[tuple[int, int], set[int]] = {}
    for phase_id, problem_id, team_id in rows:
        found.setdefault((phase_id, problem_id), set()).add(team_id)
    for (phase_id, problem_id), team_ids in sorted(found.items()):
        yield (
            session.get_one(Phase, phase_id),
            session.get_one(Problem, problem_id),
            frozenset(team_ids),
        )


def _stretches(team_ids: Sequence[int]) -> Iterator[Teams]:
    """Yield stretches that hold these teams, ascending: few one by one, many with those between them."""
    if len(team_ids) <= FEW:
        yield from (Teams.only(team_id) for team_id in team_ids)
        return
    for at in range(0, len(team_ids), STRETCH):
        part = team_ids[at : at + STRETCH]
        yield Teams(part[0], part[-1])


def hold_boards(session: Session, rejudging: Rejudging) -> list[Phase]:
    """Hold all that an apply changes, in the order in which settles and rebuilds do: phases, teams, sizes.

    Returns:
        The phases, as they are now.
    """
    own = _own_submissions(rejudging)
    phase_ids = session.scalars(select(Submission.phase_id).where(Submission.id.in_(own)).distinct())
    phases = [share_phase(session, phase_id) for phase_id in sorted(phase_ids)]
    teams_of_them = select(Submission.team_id).where(Submission.id.in_(own)).distinct()
    held: set[int] = set()
    # While we wait, a team may be merged into another, which is to be held then.
    while missing := sorted(set(session.scalars(teams_of_them)) - held):
        for teams in _stretches(missing):
            hold_teams(session, _teams_of(session, phases, teams))
        held.update(missing)
    for phase in phases:
        hold_sizes(session, phase)
    return phases


def update_boards(session: Session, rejudging: Rejudging) -> None:
    """Bring the boards in line with judgements that were taken over. The caller holds them."""
    learned = [learn_direction(session, judgement) for judgement in _one_by_version(session, rejudging)]
    for phase, problem, team_ids in _places(session, rejudging):
        for team_id in sorted(team_ids):
            ladders.release(session, phase, problem_id=problem.id, team_id=team_id)
        for teams in _stretches(sorted(team_ids)):
            refresh(session, phase, [problem.id], teams)
    if any(learned):  # a direction that was not known turns round what others have there
        open_ones = select(Phase).where(
            Phase.contest_id == rejudging.contest_id, Phase.finalized_at.is_(None)
        )
        for phase in session.scalars(open_ones):
            rebuild(session, phase)


def _one_by_version(session: Session, rejudging: Rejudging) -> Sequence[Judgement]:
    """Return one taken-over judgement with a score for each version."""
    newest = (
        select(func.max(Judgement.id))
        .where(
            Judgement.rejudging_id == rejudging.id,
            Judgement.applied_at.is_not(None),
            or_(Judgement.score.is_not(None), Judgement.score_private.is_not(None)),
        )
        .group_by(Judgement.problem_version_id)
    )
    return session.scalars(select(Judgement).where(Judgement.id.in_(newest))).all()


def _own_submissions(rejudging: Rejudging) -> ColumnElement[int]:
    return select(Judgement.submission_id).where(Judgement.rejudging_id == rejudging.id).scalar_subquery()


def _teams_of(session: Session, phases: Sequence[Phase], teams: Teams) -> Sequence[int]:
    """List the teams of a stretch that have, or may get, lines in these phases."""
    if teams.first_id == teams.last_id:
        return [teams.first_id]
    ids = [phase.id for phase in phases]
    between = (teams.first_id, teams.last_id)
    return session.scalars(
        union(
            select(Submission.team_id).where(
                Submission.phase_id.in_(ids), Submission.team_id.between(*between)
            ),
            select(LeaderboardEntry.team_id).where(
                LeaderboardEntry.phase_id.in_(ids), LeaderboardEntry.team_id.between(*between)
            ),
        ).order_by("team_id")
    ).all()
