"""Answers of models: kept once, found by the request they are to, listed for organizers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from judge.errors import PermissionDenied
from judge.models import Account, Judgement, ModelAnswer, ModelCall
from judge.services.access import runs_contest
from judge.services.results import CallRecord

LISTED = 500


@dataclass(frozen=True, slots=True)
class Spending:
    """What one model of a gateway was asked for so far."""

    gateway: str
    model: str
    n_requests: int
    prompt_tokens: int
    completion_tokens: int


def find_answer(session: Session, key: str) -> ModelAnswer | None:
    """Return a kept answer, or None."""
    return session.scalars(select(ModelAnswer).where(ModelAnswer.key == key)).one_or_none()


def keep_answer(
    session: Session,
    *,
    key: str,
    gateway: str,
    model: str,
    request: Mapping[str, Any],
    reply: Mapping[str, Any],
    now: datetime,
) -> ModelAnswer:
    """Keep an answer; the first one to a request stays.

    Args:
        session: writing transaction.
        key: of the request.
        gateway: that was asked.
        model: of it.
        request: as it was sent.
        reply: columns of the answer.
        now: when.

    Returns:
        The answer that stands.
    """
    row = ModelAnswer(
        key=key, gateway=gateway, model=model, request=dict(request), created_at=now, **_storable(reply)
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # another worker asked the same at the same time
        return session.scalars(select(ModelAnswer).where(ModelAnswer.key == key)).one()
    return row


def write_calls(session: Session, judgement: Judgement, calls: Sequence[CallRecord]) -> None:
    """Write which answers a judgement used, in place of what was written of it before."""
    session.execute(delete(ModelCall).where(ModelCall.judgement_id == judgement.id))
    keys = {call.key for call in calls}
    ids: dict[str, int] = {}
    for chunk in _chunks(sorted(keys), 500):
        found = session.execute(select(ModelAnswer.key, ModelAnswer.id).where(ModelAnswer.key.in_(chunk)))
        ids |= {row.key: row.id for row in found}
    session.add_all(
        ModelCall(
            judgement_id=judgement.id,
            answer_id=ids[call.key],
            position=position,
            record=call.record[:200],
            is_cached=call.is_cached,
        )
        for position, call in enumerate(calls)
    )


def list_calls(session: Session, judgement: Judgement, *, viewer: Account) -> Sequence[ModelCall]:
    """Return the requests of a judgement with their answers, the first `LISTED`.

    Raises:
        PermissionDenied: `viewer` does not run the contest; requests hold hidden rows.
    """
    if not runs_contest(viewer, judgement.submission.phase.contest):
        raise PermissionDenied
    return session.scalars(
        select(ModelCall)
        .where(ModelCall.judgement_id == judgement.id)
        .options(joinedload(ModelCall.answer))
        .order_by(ModelCall.position)
        .limit(LISTED)
    ).all()


def spent_tokens(session: Session, gateway: str, *, since: datetime) -> int:
    """Return the tokens that a gateway was really asked for since then."""
    total = func.sum(ModelAnswer.prompt_tokens + ModelAnswer.completion_tokens)
    found = session.scalar(
        select(total).where(ModelAnswer.gateway == gateway, ModelAnswer.created_at >= since)
    )
    return int(found or 0)


def list_spending(session: Session) -> list[Spending]:
    """Return what each model was asked for, in all."""
    rows = session.execute(
        select(
            ModelAnswer.gateway,
            ModelAnswer.model,
            func.count(),
            func.sum(ModelAnswer.prompt_tokens),
            func.sum(ModelAnswer.completion_tokens),
        )
        .group_by(ModelAnswer.gateway, ModelAnswer.model)
        .order_by(ModelAnswer.gateway, ModelAnswer.model)
    )
    return [Spending(gateway, model, n, int(asked), int(said)) for gateway, model, n, asked, said in rows]


def _storable(reply: Mapping[str, Any]) -> dict[str, Any]:
    # PostgreSQL takes no NUL in a text; a model's answer may hold anything.
    return {**reply, "text": str(reply["text"]).replace("\0", "\N{REPLACEMENT CHARACTER}")}


def _chunks(keys: Sequence[str], size: int) -> list[Sequence[str]]:
    return [keys[at : at + size] for at in range(0, len(keys), size)]
