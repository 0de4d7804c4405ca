"""Judging a submission again after a fault of ours: a new judgement takes the old one's place."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from judge.errors import Conflict, PermissionDenied
from judge.models import Account, Judgement, Submission
from judge.models.words import State, Verdict
from judge.services import audit, problems
from judge.services.access import runs_contest
from judge.services.boards.conducting import require_not_final


def judge_again(session: Session, submission: Submission, *, actor: Account, now: datetime) -> Judgement:
    """Queue a new judgement by the problem's current version; the old one stays on record.

    It costs no quota: a judge error is never charged, and what follows it is not either.

    Args:
        session: writing transaction; the caller rings for a worker after it.
        submission: whose current judgement ended with a judge error.
        actor: who asks for it; must run the contest.
        now: when.

    Raises:
        PermissionDenied: `actor` does not run the contest.
        Conflict: it did not end with a judge error, or was queued again already.
    """
    if not runs_contest(actor, submission.phase.contest):
        raise PermissionDenied("This contest belongs to somebody else.", code="contest-not-yours")
    require_not_final(submission.phase)
    # Whoever asks holds the row, so that two clicks make one judgement.
    session.execute(select(Submission.id).where(Submission.id == submission.id).with_for_update())
    old = session.scalars(
        select(Judgement)
        .where(Judgement.submission_id == submission.id, Judgement.is_current)
        .execution_options(populate_existing=True)
    ).one()
    if old.state != State.DONE or old.verdict != Verdict.JE:
        raise Conflict("Only a submission with a judge error can be judged again.", code="not-a-judge-error")
    old.is_current = False
    session.flush()
    version = problems.current_version(submission.problem)
    judgement = Judgement(
        submission_id=submission.id,
        problem_version_id=version.id,
        replaces_id=old.id,
        state=State.QUEUED,
        queued_at=now,
        rung_at=now,
    )
    session.add(judgement)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="judgement.requeued",
        subject=f"submission:{submission.public_id}",
        old_judgement_id=old.id,
        judgement_id=judgement.id,
    )
    return judgement
