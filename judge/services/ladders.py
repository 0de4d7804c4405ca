"""What a phase with a ladder publishes of a team's public scores: decided under the team's lock, once.

Attempts come in the order in which they were first judged, whatever was judged again since: a rejudging folds
the same sequence with new scores, and nothing that is judged later changes what was released before.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from judge.models import Judgement, Phase, Submission
from judge.models.words import Ladder, State
from judge.services.boards.rules import Meaning, list_meanings
from judge.services.result_rows import replicates_of
from scoring.ladder import Attempt, climb


class Tried(NamedTuple):
    """A submission's judgement, as a ladder needs it."""

    submission_id: int
    judgement_id: int
    version_id: int
    score: float | None


def has_ladder(phase: Phase) -> bool:
    """Return whether the phase publishes less than every score."""
    return phase.ladder != Ladder.OFF


def release(session: Session, phase: Phase, *, problem_id: int, team_id: int) -> None:
    """Bring what is released to a team in line with its judgements; the caller holds the team's lock."""
    if not has_ladder(phase):
        return
    rows = session.execute(
        select(
            Judgement.submission_id,
            Judgement.id,
            Judgement.problem_version_id,
            Judgement.score,
            Judgement.released_score,
        )
        .join(Submission, Submission.id == Judgement.submission_id)
        .where(
            Submission.phase_id == phase.id,
            Submission.problem_id == problem_id,
            Submission.team_id == team_id,
            Submission.is_smoke.is_(False),
            Judgement.is_current,
            Judgement.state == State.DONE,
        )
    ).all()
    found = fold(session, phase, list_meanings(session, problem_id), [Tried(*row[:4]) for row in rows])
    for row in rows:
        if found[row.id] != row.released_score:
            session.execute(
                update(Judgement).where(Judgement.id == row.id).values(released_score=found[row.id])
            )


def refold(session: Session, phase: Phase, team_id: int | None = None) -> None:
    """Decide anew on all problems, for a team or for all; the caller holds it, or the phase.

    After the phase's ladder changed, a rejudging was applied, or teams were merged.
    """
    if not has_ladder(phase):
        return
    places = (
        select(Submission.problem_id, Submission.team_id).where(Submission.phase_id == phase.id).distinct()
    )
    if team_id is not None:
        places = places.where(Submission.team_id == team_id)
    for problem_id, number in session.execute(places).all():
        release(session, phase, problem_id=problem_id, team_id=number)


def fold(
    session: Session, phase: Phase, meanings: Mapping[int, Meaning], tried: Sequence[Tried]
) -> dict[int, float | None]:
    """Return what the phase's ladder releases of one team's judgements, by judgement id.

    Scores of different generations of a problem mean different things: each has a ladder of its own.

    Args:
        session: reads.
        phase: with a ladder.
        meanings: of the problem's versions.
        tried: one judgement of each submission, in any order.
    """
    first_at = _first_judged(session, [one.submission_id for one in tried])
    by_generation: dict[int, list[Tried]] = {}
    for one in sorted(tried, key=lambda one: (first_at[one.submission_id], one.submission_id)):
        by_generation.setdefault(meanings[one.version_id].generation, []).append(one)
    step = phase.ladder_step if phase.ladder == Ladder.STEP else None
    found: dict[int, float | None] = {}
    for alike in by_generation.values():
        released = climb(
            [Attempt(one.score, partial(_replicates, session, one.judgement_id)) for one in alike],
            higher_is_better=meanings[alike[0].version_id].higher_is_better,
            step=step,
        )
        found |= zip((one.judgement_id for one in alike), released, strict=True)
    return found


def _replicates(session: Session, judgement_id: int) -> Sequence[float]:
    return replicates_of(session, [judgement_id], "public").get(judgement_id, ())


def _first_judged(session: Session, submission_ids: Sequence[int]) -> dict[int, datetime]:
    rows = session.execute(
        select(Judgement.submission_id, func.min(Judgement.ended_at))
        .where(Judgement.submission_id.in_(submission_ids), Judgement.state == State.DONE)
        .group_by(Judgement.submission_id)
    )
    return {submission_id: at for submission_id, at in rows if at is not None}
