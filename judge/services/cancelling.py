"""Taking a submission back before anything was done with it."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from judge.errors import Conflict
from judge.models import Account, Judgement, Submission
from judge.models.words import Charge, State
from judge.services import audit


def cancel(session: Session, submission: Submission, *, actor: Account, now: datetime) -> None:
    """Cancel a submission that still waits; it costs nothing.

    Whether a worker was first is decided by the row itself.

    Args:
        session: writing transaction.
        submission: that `actor` may see.
        actor: a member of its team, or who runs the contest.
        now: when.

    Raises:
        Conflict: `not-waiting`: it is being judged, or is over.
    """
    taken = session.execute(
        update(Judgement)
        .where(
            Judgement.submission_id == submission.id, Judgement.is_current, Judgement.state == State.QUEUED
        )
        .values(state=State.CANCELLED, fence=Judgement.fence + 1, ended_at=now)
        .returning(Judgement.id, Judgement.n_attempts)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if taken is None:
        raise Conflict("Only a submission that still waits can be cancelled.", code="not-waiting")
    if taken.n_attempts == 0:
        submission.charge = Charge.NONE  # one that began already may have told something
    session.flush()
    session.expire_all()  # the judgement's row was written past the session
    audit.record(
        session,
        actor=actor,
        action="submission.cancelled",
        subject=f"submission:{submission.public_id}",
        judgement_id=taken.id,
    )
    session.flush()
