"""What contestants learn of rejudgings: that and why a result changed, once it has, and nothing before."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from judge.models import Judgement, Submission
from judge.services.rejudgings.preview import Change, describe


def list_applied(session: Session, submissions: Sequence[Submission]) -> dict[int, list[Change]]:
    """Return the changes that rejudgings made to each submission's result, the oldest first.

    Args:
        session: reads.
        submissions: that the viewer may see.

    Returns:
        Submission id → changes; only those that have some.
    """
    news = session.scalars(
        select(Judgement)
        .where(
            Judgement.submission_id.in_([submission.id for submission in submissions]),
            Judgement.rejudging_id.is_not(None),
            Judgement.applied_at.is_not(None),
        )
        .options(selectinload(Judgement.replaces), selectinload(Judgement.rejudging))
        .order_by(Judgement.applied_at, Judgement.id)
    ).all()
    found: dict[int, list[Change]] = {}
    for change in describe(session, news):
        found.setdefault(change.submission.id, []).append(change)
    return found
