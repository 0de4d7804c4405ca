"""What a phase with a ladder publishes of a team's public scores: decided under the team's lock, once.

Attempts come in the order in which they were first judged, whatever was judged again since: a rejudging folds
the same sequence with new scores, and nothing that is judged later changes what was released before.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from judge.models import Judgement, Phase, Submission
from judge.models.words import Ladder, State
from judge.services.result_rows import replicates_of
from scoring.ladder import Attempt, climb


class _Judged(NamedTuple):
    """A judgement that counts, and when its submission was first judged."""

    judgement_id: int
    score: float | None
    released_score: float | None
    first_at: datetime


def release(session: Session, submission: Submission, *, is_higher_better: bool) -> None:
    """Bring what is released to a team in line with its judgements; the caller holds the team's lock.

    Args:
        session: writing transaction.
        submission: any of the team's in this phase and problem.
        is_higher_better: direction of the score.
    """
    phase = submission.phase
    if phase.ladder == Ladder.OFF:
        return
    judged = _judged(session, submission)
    found = released(session, judged, phase, is_higher_better=is_higher_better)
    for one, score in zip(judged, found, strict=True):
        if score != one.released_score:
            session.execute(
                update(Judgement).where(Judgement.id == one.judgement_id).values(released_score=score)
            )


def released(
    session: Session, judged: Sequence[_Judged], phase: Phase, *, is_higher_better: bool
) -> list[float | None]:
    """Return what the phase's ladder releases of judgements in their order."""
    attempts = [Attempt(one.score, partial(_replicates, session, one.judgement_id)) for one in judged]
    step = phase.ladder_step if phase.ladder == Ladder.STEP else None
    return climb(attempts, higher_is_better=is_higher_better, step=step)


def _replicates(session: Session, judgement_id: int) -> Sequence[float]:
    return replicates_of(session, [judgement_id], "public").get(judgement_id, ())


def _judged(session: Session, submission: Submission) -> list[_Judged]:
    first_at = (
        select(Judgement.submission_id, func.min(Judgement.ended_at).label("first_at"))
        .join(Submission, Submission.id == Judgement.submission_id)
        .where(*_same_place(submission), Judgement.state == State.DONE)
        .group_by(Judgement.submission_id)
        .subquery()
    )
    rows = session.execute(
        select(Judgement.id, Judgement.score, Judgement.released_score, first_at.c.first_at)
        .join(first_at, first_at.c.submission_id == Judgement.submission_id)
        .where(Judgement.is_current, Judgement.state == State.DONE)
        .order_by(first_at.c.first_at, Judgement.submission_id)
    )
    return [_Judged(*row) for row in rows]
