"""Finds judgements that nobody works on any more, or that nobody was told of.

Any worker does this for all: rows are the truth, and the queue may be lost at any time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from judge.models import Judgement
from judge.models.words import RUNNING_STATES, Priority, State, Verdict
from judge.services import audit, leaderboards
from judge.services.judgements import waiting_values
from judge.services.quota import settle_charge

RINGS_OF_REJUDGINGS = 8
_RUNNING = [state.value for state in RUNNING_STATES]


@dataclass(frozen=True, slots=True)
class Requeued:
    """A judgement that waits again; of one that is not current only the workers are told."""

    judgement_id: int
    public_id: str
    gpu_need: str = "none"
    is_current: bool = True


@dataclass(frozen=True, slots=True)
class Expired:
    """What happened to judgements whose worker went silent."""

    requeued: Sequence[Requeued] = field(default_factory=tuple)
    given_up: Sequence[Requeued] = field(default_factory=tuple)


def expire(session: Session, *, now: datetime, max_attempts: int, worker: str | None = None) -> Expired:
    """Take judgements from silent workers: they wait again, or end as JE after too many attempts.

    Args:
        session: writing transaction.
        now: leases that ended before this are over.
        max_attempts: how many claims a judgement gets.
        worker: when given, all leases of this worker are over, whatever the clock says: it has just
            started, so whoever held them under its name is dead.
    """
    is_over = Judgement.lease_expires_at < now
    query = select(Judgement).where(
        Judgement.state.in_(_RUNNING), or_(is_over, Judgement.worker == worker) if worker else is_over
    )
    requeued, given_up = [], []
    for judgement in session.scalars(query.with_for_update(skip_locked=True)):
        place = _requeued(judgement)
        reason = f"worker {judgement.worker} went silent in attempt {judgement.n_attempts}"
        if judgement.n_attempts >= max_attempts:
            _give_up(session, judgement, now=now, reason=reason)
            given_up.append(place)
        else:
            for name, value in waiting_values(now).items():
                setattr(judgement, name, value)
            judgement.admin_detail = reason
            requeued.append(place)
    session.flush()
    return Expired(requeued, given_up)


def list_unheard(session: Session, *, now: datetime, after_s: float, limit: int = 100) -> list[Requeued]:
    """List queued judgements whose last ring is `after_s` ago, oldest first, and note the new ring.

    Of rejudgings a few are enough, and none while the last of these rings is young: who hears one goes on
    with all that wait, and many rings would stand before those of live submissions.
    """
    queued = select(Judgement).where(Judgement.state == State.QUEUED).with_for_update(skip_locked=True)
    live = queued.where(*_is_unheard(now, after_s)).order_by(Judgement.id).limit(limit)
    waiting = list(session.scalars(live))
    if is_rejudging_unheard(session, now=now, after_s=after_s):
        few = queued.where(Judgement.priority == Priority.REJUDGING).order_by(Judgement.id)
        waiting += session.scalars(few.limit(RINGS_OF_REJUDGINGS))
    for judgement in waiting:
        judgement.rung_at = now
    return [_requeued(judgement) for judgement in waiting]


def is_anything_to_reap(session: Session, *, now: datetime, after_s: float) -> bool:
    """Whether a writing transaction is worth opening."""
    one = select(Judgement.id).limit(1)
    expired = one.where(Judgement.state.in_(_RUNNING), Judgement.lease_expires_at < now)
    unheard = one.where(Judgement.state == State.QUEUED, *_is_unheard(now, after_s))
    return (
        session.scalar(expired) is not None
        or session.scalar(unheard) is not None
        or is_rejudging_unheard(session, now=now, after_s=after_s)
    )


def is_rejudging_unheard(session: Session, *, now: datetime, after_s: float) -> bool:
    """Whether rejudgings wait and none was rung for within `after_s`."""
    one = select(Judgement.id).where(Judgement.priority == Priority.REJUDGING).limit(1)
    if session.scalar(one.where(Judgement.state == State.QUEUED)) is None:
        return False
    return session.scalar(one.where(Judgement.rung_at >= now - timedelta(seconds=after_s))) is None


def _is_unheard(now: datetime, after_s: float) -> tuple[ColumnElement[bool], ...]:
    """Return what picks live judgements among those queued whose last ring is long ago."""
    return (
        Judgement.priority == Priority.LIVE,
        or_(Judgement.rung_at.is_(None), Judgement.rung_at < now - timedelta(seconds=after_s)),
    )


def _requeued(judgement: Judgement) -> Requeued:
    return Requeued(
        judgement.id,
        judgement.submission.public_id,
        judgement.problem_version.gpu_need,
        judgement.is_current,
    )


def _give_up(session: Session, judgement: Judgement, *, now: datetime, reason: str) -> None:
    judgement.state = State.DONE
    judgement.verdict = Verdict.JE
    judgement.fence += 1  # whoever still works on it has lost it
    judgement.messages = [{"code": "judge-gave-up", "params": {}}]
    judgement.admin_detail = reason
    judgement.ended_at = now
    judgement.lease_expires_at = None
    if judgement.is_current:
        settle_charge(judgement.submission, Verdict.JE)
    session.flush()
    if judgement.is_current:
        leaderboards.settle_entry(session, judgement)
    audit.record(
        session,
        actor=None,
        action="judgement.given-up",
        subject=f"submission:{judgement.submission.public_id}",
        judgement_id=judgement.id,
        reason=reason,
    )
