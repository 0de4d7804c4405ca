"""Which of a team's submissions counts on a leaderboard: by score, then by tie-breaks, then the earlier."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from judge.models import Judgement, Metric, Submission
from judge.models.words import State

N_TIES = 3


def same_place(submission: Submission) -> tuple[ColumnElement[bool], ...]:
    """Return what picks all submissions of the same team to the same problem in the same phase."""
    return (
        Submission.phase_id == submission.phase_id,
        Submission.problem_id == submission.problem_id,
        Submission.team_id == submission.team_id,
    )


def find_best(
    session: Session, submission: Submission, split: str, ties: Sequence[str], *, is_higher_better: bool
) -> Judgement | None:
    """Return the judgement that counts for a team; None when none has a score.

    Args:
        session: reads.
        submission: any of the team's in this phase and problem.
        split: `public` or `private`.
        ties: keys of the metrics that decide between equal scores, in order.
        is_higher_better: direction of the score.
    """
    score = Judgement.score if split == "public" else Judgement.score_private
    ordered = (
        select(Judgement)
        .join(Submission, Submission.id == Judgement.submission_id)
        .where(
            *same_place(submission),
            Judgement.is_current,
            Judgement.state == State.DONE,
            score.is_not(None),
        )
        .order_by(score.desc() if is_higher_better else score.asc(), Submission.submitted_at, Submission.id)
    )
    first = session.scalar(ordered.limit(1))
    if first is None or not ties:
        return first
    top = first.score if split == "public" else first.score_private
    equals = session.scalars(ordered.where(score == top)).all()
    keys = tie_keys(session, [one.id for one in equals], ties, split)
    # Stable: of those equal in all, the earlier stays first.
    return min(equals, key=lambda one: [(key is None, -(key or 0.0)) for key in keys[one.id]])


def tie_keys(
    session: Session, judgement_ids: list[int], ties: Sequence[str], split: str
) -> dict[int, tuple[float | None, ...]]:
    """Return each judgement's tie-breaking metrics, turned so that larger is better.

    Args:
        session: reads.
        judgement_ids: of which judgements.
        ties: metric keys, in order.
        split: `public` or `private`.

    Returns:
        Always `N_TIES` of them; None where there is none, or it is undefined.
    """
    found: dict[tuple[int, str], float | None] = {}
    if ties:
        for metric in session.scalars(
            select(Metric).where(
                Metric.judgement_id.in_(judgement_ids), Metric.key.in_(ties), Metric.split == split
            )
        ):
            value = metric.value
            is_turned = value is not None and not metric.higher_is_better
            found[metric.judgement_id, metric.key] = -value if is_turned and value is not None else value
    padded = (*ties, *("",) * N_TIES)[:N_TIES]
    return {one: tuple(found.get((one, key)) for key in padded) for one in judgement_ids}
