"""A team's choice of its final submissions, where a phase lets it choose."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from judge.errors import Conflict
from judge.models import Account, Phase, Submission
from judge.models.words import Policy
from judge.services import audit, teams
from judge.services.boards.conducting import require_not_final
from judge.services.boards.locks import hold_teams, share_phase
from judge.services.boards.rows import refresh
from judge.services.boards.truth import Teams


def may_choose(phase: Phase, *, now: datetime) -> bool:
    """Whether teams choose their final submissions now."""
    is_over = phase.closes_at is not None and phase.closes_at <= now
    return phase.policy == Policy.SELECTED and phase.finalized_at is None and not is_over


def count_chosen(session: Session, submission: Submission) -> int:
    """Count the team's final submissions to the same problem in the same phase."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Submission)
            .where(
                Submission.phase_id == submission.phase_id,
                Submission.problem_id == submission.problem_id,
                Submission.team_id == submission.team_id,
                Submission.is_selected,
            )
        )
        or 0
    )


def choose(
    session: Session, submission: Submission, *, is_selected: bool, account: Account, now: datetime
) -> None:
    """Make a submission one of the team's final ones, or not.

    Args:
        session: writing transaction.
        submission: which.
        is_selected: whether it is to be one.
        account: must be a member of the team.
        now: when.

    Raises:
        NotFound: `account` is not a member of the team.
        Conflict: `selection-not-used`, `selection-closed` (the phase is over), `selection-full`,
            `results-final`.
    """
    phase = share_phase(session, submission.phase_id)
    hold_teams(session, [submission.team_id])
    session.refresh(submission, ["team_id", "is_selected"])
    teams.get_own_team(session, account, submission.team_id)
    require_not_final(phase)
    if phase.policy != Policy.SELECTED:
        raise Conflict("In this contest final submissions are not chosen.", code="selection-not-used")
    if not may_choose(phase, now=now):
        raise Conflict("The phase is over; the choice stands as it was.", code="selection-closed")
    if submission.is_selected == is_selected:
        return
    if is_selected and count_chosen(session, submission) >= phase.n_selected:
        raise Conflict(
            "Your team has chosen {limit} already; take one back first.",
            code="selection-full",
            params={"limit": phase.n_selected},
        )
    submission.is_selected = is_selected
    session.flush()
    refresh(session, phase, [submission.problem_id], Teams.only(submission.team_id))
    audit.record(
        session,
        actor=account,
        action="submission.selected" if is_selected else "submission.unselected",
        subject=f"submission:{submission.public_id}",
    )
