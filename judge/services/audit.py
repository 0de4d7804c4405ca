"""Keeps the record of acts: appended to in the transaction of the act itself."""

from sqlalchemy.orm import Session

from judge.clock import utc_now
from judge.models import Account, AuditEvent


def record(session: Session, *, actor: Account | None, action: str, subject: str, **facts: object) -> None:
    """Write one act.

    Args:
        session: the act's own transaction.
        actor: who did it; None for the system.
        action: constant, dotted: `submission.received`.
        subject: what it was done to: `submission:01ab…`.
        facts: JSON values. Never secrets, never labels.
    """
    session.add(
        AuditEvent(
            at=utc_now(),
            actor_id=actor.id if actor else None,
            action=action,
            subject=subject[:120],
            facts=facts,
        )
    )
