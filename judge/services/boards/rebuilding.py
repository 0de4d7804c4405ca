"""Computes boards anew from the rows of truth: the same table, whatever came in which order."""

from collections.abc import Iterator, Sequence
from itertools import chain

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from judge.errors import NotFound
from judge.models import Contest, ContestProblem, LeaderboardEntry, Phase, Standing, Submission
from judge.services.boards.locks import hold_teams, share_phase
from judge.services.boards.rows import Difference, refresh
from judge.services.boards.sizes import hold_sizes
from judge.services.boards.truth import Teams

BATCH = 2000


def rebuild(session: Session, phase: Phase) -> list[Difference]:
    """Compute all boards of a phase anew in one transaction, e.g. after its rules changed.

    Returns:
        What was not right.
    """
    hold_all(session, [phase.id])
    hold_sizes(session, phase)
    differing = []
    for team_ids in list_batches(session, phase):
        differing += rebuild_batch(session, phase.id, team_ids)
    return differing


def hold_all(session: Session, phase_ids: Sequence[int]) -> list[Phase]:
    """Return phases with everybody in them held, in the order in which everybody does: phases, then teams.

    Args:
        session: writing transaction.
        phase_ids: ascending.
    """
    phases = [share_phase(session, phase_id) for phase_id in phase_ids]
    batches = (batch for phase in phases for batch in list_batches(session, phase))
    team_ids = sorted(set(chain.from_iterable(batches)))
    for at in range(0, len(team_ids), BATCH):
        hold_teams(session, team_ids[at : at + BATCH])
    return phases


def list_batches(session: Session, phase: Phase) -> Iterator[Sequence[int]]:
    """Yield the ids of teams that have, or ought to have, lines in a phase; ascending, some at a time."""
    team_ids = session.scalars(
        union(
            select(Submission.team_id).where(Submission.phase_id == phase.id),
            select(LeaderboardEntry.team_id).where(LeaderboardEntry.phase_id == phase.id),
            select(Standing.team_id).where(Standing.phase_id == phase.id),
        ).order_by("team_id")
    ).all()
    for at in range(0, len(team_ids), BATCH):
        yield team_ids[at : at + BATCH]


def rebuild_batch(
    session: Session, phase_id: int, team_ids: Sequence[int], *, is_applied: bool = True
) -> list[Difference]:
    """Compute some teams' lines anew. A transaction of its own for each batch lets others settle between.

    Args:
        session: writing transaction.
        phase_id: of which phase.
        team_ids: ascending, not empty.
        is_applied: False only tells what is wrong.
    """
    phase = share_phase(session, phase_id)
    hold_teams(session, team_ids)
    teams = Teams(team_ids[0], team_ids[-1])
    return refresh(session, phase, list_problem_ids(session, phase), teams, is_applied=is_applied)


def list_problem_ids(session: Session, phase: Phase) -> Sequence[int]:
    """List the problems that were ever handed in to in a phase, or are set in its contest."""
    return session.scalars(
        union(
            select(ContestProblem.problem_id).where(ContestProblem.contest_id == phase.contest_id),
            select(LeaderboardEntry.problem_id).where(LeaderboardEntry.phase_id == phase.id),
        ).order_by("problem_id")
    ).all()


def list_phases(session: Session, contest_slug: str | None = None) -> Sequence[Phase]:
    """List phases whose boards can be rebuilt: of one contest, or of all.

    Raises:
        NotFound: there is no such contest.
    """
    query = select(Phase).join(Contest, Contest.id == Phase.contest_id).order_by(Phase.id)
    if contest_slug is not None:
        query = query.where(Contest.slug == contest_slug)
    phases = session.scalars(query).all()
    if not phases and contest_slug is not None:
        raise NotFound("There is no contest of this name.", code="contest-not-found")
    return phases
