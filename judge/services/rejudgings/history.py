"""What contestants learn of rejudgings: that and why a result changed, once it has, and nothing before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from judge.models import Account, Judgement, Submission
from judge.services.rejudgings.preview import ScoreChange, describe
from judge.services.visibility import open_splits

UNTOLD = ScoreChange(None, None, None, None)


@dataclass(frozen=True, slots=True)
class Side:
    """A result as it was, or as it became.

    Attributes:
        verdict: how it ended.
        problem_version: that it was judged by.
        metric: key of the metric that decided.
    """

    verdict: str
    problem_version: str
    metric: str


@dataclass(frozen=True, slots=True)
class Told:
    """One change of a submission's result, as far as the viewer may know it.

    Attributes:
        at: when it was applied.
        reasons: language → why, in the organizer's words.
        old: before.
        new: after.
        public: scores; nothing of them where the phase has a ladder.
        private: likewise; None while they are not revealed to the viewer.
    """

    at: datetime
    reasons: Mapping[str, str]
    old: Side
    new: Side
    public: ScoreChange
    private: ScoreChange | None


def list_applied(
    session: Session, submission: Submission, *, viewer: Account | None, now: datetime
) -> list[Told]:
    """List the changes that rejudgings made to a submission's result, the oldest first.

    Args:
        session: reads.
        submission: that the viewer may see.
        viewer: whoever asks; who runs the contest sees private scores.
        now: decides what is revealed.
    """
    news = session.scalars(
        select(Judgement)
        .where(
            Judgement.submission_id == submission.id,
            Judgement.rejudging_id.is_not(None),
            Judgement.applied_at.is_not(None),
        )
        .options(selectinload(Judgement.replaces), selectinload(Judgement.rejudging))
        .order_by(Judgement.applied_at, Judgement.id)
    ).all()
    if not news:
        return []
    splits = open_splits(submission.phase, viewer=viewer, now=now)
    return [
        Told(
            at=change.new.applied_at,
            reasons=change.new.rejudging.reasons,
            old=side(change.old, change.old_metric),
            new=side(change.new, change.new_metric),
            public=change.public if "public" in splits else UNTOLD,
            private=change.private if "private" in splits else None,
        )
        for change in describe(session, news)
        if change.new.applied_at is not None and change.new.rejudging is not None
    ]


def side(judgement: Judgement, metric: str) -> Side:
    """Return one of the two results of a change."""
    return Side(judgement.verdict or "", judgement.problem_version.version, metric)
