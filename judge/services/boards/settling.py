"""The one entry for everything that changes a team's results: its lines follow at once."""

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from judge.models import Judgement, Phase, ProblemVersion, Submission
from judge.services import ladders
from judge.services.boards.locks import hold_teams, share_phase
from judge.services.boards.rebuilding import hold_all, rebuild
from judge.services.boards.rows import refresh
from judge.services.boards.rules import learn_direction
from judge.services.boards.truth import Teams

logger = structlog.get_logger(__name__)


def settle_entry(session: Session, judgement: Judgement) -> None:
    """Bring the team's lines in line with its settled judgements; called in the settle transaction.

    Any judgement with a finite score counts, whatever its verdict (partial credit). Which submission counts
    is the phase's policy; of equal scores the problem's tie-breaking metrics decide, then the earlier one.
    """
    submission = judgement.submission
    turned = _hold_turned(session, submission) if learn_direction(session, judgement) else ()
    phase = share_phase(session, submission.phase_id)
    _hold_team_of(session, submission)
    if phase.finalized_at is None:
        ladders.release(session, phase, problem_id=submission.problem_id, team_id=submission.team_id)
        refresh(session, phase, [submission.problem_id], Teams.only(submission.team_id))
    else:
        logger.warning("settled_after_final", judgement_id=judgement.id, phase_id=phase.id)
    for other in turned:
        rebuild(session, other)


def settle_beside(session: Session, judgement: Judgement) -> None:
    """Note what a judgement that does not count yet tells of its version, so that a preview can rank by it.

    Of the newest version only: what an older one tells could turn round what others have on the boards.
    """
    version = judgement.problem_version
    newer = select(ProblemVersion.id).where(
        ProblemVersion.problem_id == version.problem_id, ProblemVersion.id > version.id
    )
    if session.scalar(newer.limit(1)) is None and learn_direction(session, judgement):
        for phase in _hold_turned(session, judgement.submission):
            rebuild(session, phase)


def _hold_team_of(session: Session, submission: Submission) -> None:
    """Hold the team: of two submissions that settle at once, the second must see the first.

    While we wait, the team may be merged into another, which is to be held then.
    """
    team_id = None
    while team_id != submission.team_id:
        team_id = submission.team_id
        hold_teams(session, [team_id])
        session.refresh(submission, ["team_id"])


def _hold_turned(session: Session, submission: Submission) -> list[Phase]:
    """Return the phases in which what was scored before the version's direction was known is ordered anew.

    Hardly ever any. Everybody in them is held before anything else is: two that each held a team would wait
    for the other's.
    """
    phase_ids = session.scalars(
        select(Phase.id)
        .join(Submission, Submission.phase_id == Phase.id)
        .where(Submission.problem_id == submission.problem_id, Phase.finalized_at.is_(None))
        .distinct()
        .order_by(Phase.id)
    ).all()
    return hold_all(session, phase_ids)
