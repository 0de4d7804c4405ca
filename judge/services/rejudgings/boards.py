"""Leaderboards under a rejudging: which it touches, and bringing them in line once it is applied."""

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, func, or_, select, union
from sqlalchemy.orm import Session

from judge.models import Judgement, LeaderboardEntry, Phase, Problem, Rejudging, Submission
from judge.services import ladders
from judge.services.boards.locks import hold_teams, share_phase
from judge.services.boards.rebuilding import rebuild
from judge.services.boards.rows import refresh
from judge.services.boards.rules import learn_direction
from judge.services.boards.sizes import hold_sizes
from judge.services.boards.truth import Teams

FEW = 50
STRETCH = 1000


def list_places(session: Session, rejudging: Rejudging) -> Iterator[tuple[Phase, Problem, frozenset[int]]]:
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


def stretches(team_ids: Sequence[int]) -> Iterator[Teams]:
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
        for teams in stretches(missing):
            hold_teams(session, _teams_of(session, phases, teams))
        held.update(missing)
    for phase in phases:
        hold_sizes(session, phase)
    return phases


def update_boards(session: Session, rejudging: Rejudging) -> None:
    """Bring the boards in line with judgements that were taken over. The caller holds them."""
    learned = [learn_direction(session, judgement) for judgement in _one_by_version(session, rejudging)]
    for phase, problem, team_ids in list_places(session, rejudging):
        for team_id in sorted(team_ids):
            ladders.release(session, phase, problem_id=problem.id, team_id=team_id)
        for teams in stretches(sorted(team_ids)):
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
