"""The life of a judgement: claimed by one worker, advanced, settled once, or given back.

A claim raises `fence`; every later write names the fence it holds and changes nothing when the row
has moved on. That, not the queue, is what makes a judgement happen once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from judge.errors import LeaseLost
from judge.models import Judgement, ProblemVersion, Submission
from judge.models.words import RUNNING_STATES, State
from judge.services import audit, leaderboards, likeness, model_answers
from judge.services.boards.settling import settle_beside
from judge.services.quota import settle_charge
from judge.services.result_rows import write_parts
from judge.services.results import JudgementResult

_RUNNING = [state.value for state in RUNNING_STATES]


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's right to one judgement, as long as `fence` stands.

    Attributes:
        judgement_id: the row.
        fence: number of this claim.
        n_attempts: how often it was claimed, this time included.
        worker: who holds it.
        public_id: of the submission, for live events.
        lease_s: how long it stands without a heartbeat.
        gpu_need: of the problem version, to ring for it again.
        is_current: whether the submission's people may know of it; a rejudging's is not.
    """

    judgement_id: int
    fence: int
    n_attempts: int
    worker: str
    public_id: str
    lease_s: float
    gpu_need: str = "none"
    is_current: bool = True


def claim(session: Session, judgement_id: int, *, worker: str, now: datetime, lease_s: float) -> Claim | None:
    """Take a queued judgement; None when it is not there to be taken."""
    row = session.execute(
        update(Judgement)
        .where(Judgement.id == judgement_id, Judgement.state == State.QUEUED)
        .values(
            state=State.PREPARING,
            fence=Judgement.fence + 1,
            n_attempts=Judgement.n_attempts + 1,
            worker=worker,
            started_at=now,
            lease_expires_at=now + timedelta(seconds=lease_s),
        )
        .returning(
            Judgement.fence,
            Judgement.n_attempts,
            Judgement.submission_id,
            Judgement.problem_version_id,
            Judgement.is_current,
        )
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if row is None:
        return None
    public_id = session.scalars(select(Submission.public_id).where(Submission.id == row.submission_id)).one()
    gpu_need = session.scalars(
        select(ProblemVersion.gpu_need).where(ProblemVersion.id == row.problem_version_id)
    ).one()
    return Claim(
        judgement_id, row.fence, row.n_attempts, worker, public_id, lease_s, gpu_need, row.is_current
    )


def advance(session: Session, held: Claim, state: State) -> None:
    """Say how far the judgement is.

    Raises:
        LeaseLost: somebody else owns it now.
    """
    _write(session, held, {"state": state})


def heartbeat(session: Session, claims: Sequence[Claim], now: datetime) -> list[Claim]:
    """Renew the leases that still stand.

    Returns:
        The claims that were lost: their work is to be dropped.
    """
    lost = []
    for held in claims:
        try:
            _write(session, held, {"lease_expires_at": now + timedelta(seconds=held.lease_s)})
        except LeaseLost:
            lost.append(held)
    return lost


def settle(
    session: Session,
    held: Claim,
    result: JudgementResult,
    now: datetime,
    exhibits: Mapping[str, object] | None = None,
) -> None:
    """Write the final result, the leaderboard entry and the audit record. Once.

    One that is not current changes nothing but its own row: no leaderboard, no quota.

    Args:
        session: open transaction.
        held: the claim.
        result: to be written.
        now: the present.
        exhibits: its tables, plots and subtasks, the plots' bytes stored already.

    Raises:
        LeaseLost: somebody else owns it, or it is settled already.
    """
    _write(
        session,
        held,
        {
            "state": State.DONE,
            "verdict": result.verdict,
            "score": result.score,
            "score_private": result.score_private,
            "messages": [message.model_dump() for message in result.messages],
            "stdout": result.stdout,
            "stderr": result.stderr,
            "usage": dict(result.usage),
            "receipt": dict(result.receipt),
            "exhibits": dict(exhibits or {}),
            "admin_detail": result.admin_detail,
            "ended_at": now,
            "lease_expires_at": None,
        },
    )
    judgement = session.get_one(Judgement, held.judgement_id, populate_existing=True)
    write_parts(session, judgement, result)
    model_answers.write_calls(session, judgement, result.calls)
    if judgement.is_current:
        settle_charge(judgement.submission, result.verdict)
    session.flush()
    if judgement.is_current:
        leaderboards.settle_entry(session, judgement)
    else:
        settle_beside(session, judgement)
    likeness.note(session, judgement, result.sketch)
    audit.record(
        session,
        actor=None,
        action="judgement.settled",
        subject=f"submission:{held.public_id}",
        judgement_id=held.judgement_id,
        verdict=str(result.verdict),
        worker=held.worker,
        n_attempts=held.n_attempts,
    )


def requeue(session: Session, held: Claim, *, now: datetime, reason: str, is_counted: bool = True) -> None:
    """Give a judgement back, to be tried again.

    Args:
        session: writing transaction.
        held: the claim that ends.
        now: when.
        reason: for organizers.
        is_counted: False when the attempt ended in good order (the worker stops) and is not held
            against the judgement.

    Raises:
        LeaseLost: it is not ours to give.
    """
    values = {**waiting_values(now), "admin_detail": reason[:2000]}
    if not is_counted:
        values["n_attempts"] = held.n_attempts - 1
    _write(session, held, values)


def waiting_values(now: datetime) -> dict[str, Any]:
    """Return what a row holds that waits for a worker."""
    return {
        "state": State.QUEUED,
        "worker": None,
        "lease_expires_at": None,
        "started_at": None,
        "rung_at": now,
    }


def _write(session: Session, held: Claim, values: dict[str, Any]) -> None:
    """Write while the fence stands; the row's own state must still be a running one."""
    result = session.execute(
        update(Judgement)
        .where(
            Judgement.id == held.judgement_id,
            Judgement.fence == held.fence,
            Judgement.state.in_(_RUNNING),
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if not isinstance(result, CursorResult) or result.rowcount != 1:
        raise LeaseLost(detail=f"judgement {held.judgement_id}, fence {held.fence}")
