"""Signed receipts of judgements: made when a result is written, given out as far as a viewer may know.

What is signed, and how it is checked, is in `judge.receipts`.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from judge import receipts
from judge.errors import NotFound
from judge.models import Account, Judgement, Metric, ReceiptKey, SignedReceipt, Submission
from judge.receipts import SigningKey
from judge.services.visibility import open_splits

SPLITS = ("sample", "public", "private")


def issue(session: Session, judgement: Judgement, key: SigningKey, *, issuer: str, now: datetime) -> None:
    """Sign the receipt of a judgement whose result is written; in the same transaction.

    Args:
        session: writing transaction.
        judgement: done, its metrics written.
        key: signs.
        issuer: the judge's public address.
        now: when.
    """
    _publish_key(session, key, now)
    signed = receipts.sign(_statement(session, judgement, issuer), _parts(judgement), key)
    session.add(
        SignedReceipt(judgement_id=judgement.id, key_id=key.key_id, document=json.dumps(signed, indent=1))
    )
    session.flush()


def get_receipt(
    session: Session, submission: Submission, *, viewer: Account | None, now: datetime
) -> dict[str, Any]:
    """Return the receipt of a submission's current judgement, with the scores opened that `viewer` may see.

    Args:
        session: open session.
        submission: that `viewer` may see.
        viewer: who asks.
        now: decides what is revealed.

    Raises:
        NotFound: `receipt-not-made`: it is not judged yet, or was judged before receipts were signed.
    """
    document = session.scalar(
        select(SignedReceipt.document)
        .join(Judgement, Judgement.id == SignedReceipt.judgement_id)
        .where(Judgement.submission_id == submission.id, Judgement.is_current)
    )
    if document is None:
        raise not_made()
    return receipts.closed(json.loads(document), open_splits(submission.phase, viewer=viewer, now=now))


def not_made() -> NotFound:
    """Return the error for a judgement without a receipt."""
    return NotFound("There is no signed receipt of this submission yet.", code="receipt-not-made")


def list_keys(session: Session) -> list[ReceiptKey]:
    """List all public keys that receipts of this judge are signed with, the oldest first."""
    return list(session.scalars(select(ReceiptKey).order_by(ReceiptKey.first_used_at, ReceiptKey.key_id)))


def public_keys(session: Session) -> dict[str, str]:
    """Return key id → public key, as `judge.receipts.verify` wants them."""
    return {one.key_id: one.public_key for one in list_keys(session)}


def find_judgement(session: Session, public_id: str, number: int | None = None) -> Judgement:
    """Return a judgement by what a receipt calls it.

    Args:
        session: open session.
        public_id: of the submission.
        number: 1 for the submission's first judgement; None for the current one.

    Raises:
        NotFound: there is none.
    """
    query = select(Judgement).join(Submission, Submission.id == Judgement.submission_id)
    query = query.where(Submission.public_id == public_id).order_by(Judgement.id)
    if number is None:
        found = session.scalar(query.where(Judgement.is_current))
    else:
        found = session.scalar(query.offset(number - 1).limit(1)) if number > 0 else None
    if found is None:
        raise NotFound("There is no such judgement here.", code="judgement-not-found")
    return found


def number_of(session: Session, judgement: Judgement) -> int:
    """Return which of its submission's judgements this is, from 1."""
    counted = select(func.count()).where(
        Judgement.submission_id == judgement.submission_id, Judgement.id <= judgement.id
    )
    return session.scalar(counted) or 1


def _publish_key(session: Session, key: SigningKey, now: datetime) -> None:
    if session.get(ReceiptKey, key.key_id) is not None:
        return
    try:
        with session.begin_nested():
            session.add(ReceiptKey(key_id=key.key_id, public_key=key.public_key, first_used_at=now))
    except IntegrityError:
        return  # another worker with the same key was first


def _statement(session: Session, judgement: Judgement, issuer: str) -> dict[str, object]:
    submission = judgement.submission
    phase = submission.phase
    return {
        "judge": issuer,
        "submission": {
            "id": submission.public_id,
            "sha256": submission.blob_sha256,
            "size_bytes": submission.size_bytes,
            "filename": submission.filename,
            "format": submission.format,
            "team": submission.team_id,
            "contest": phase.contest.slug,
            "phase": phase.position,
            "submitted_at": _instant(submission.submitted_at),
        },
        "problem": {"slug": submission.problem.slug, "version": judgement.problem_version.version},
        "judgement": {
            "number": number_of(session, judgement),
            "verdict": judgement.verdict,
            "queued_at": _instant(judgement.queued_at),
            "ended_at": _instant(judgement.ended_at),
        },
        "made_by": dict(judgement.receipt),
    }


def _parts(judgement: Judgement) -> dict[str, dict[str, object]]:
    scores = {"public": judgement.score, "private": judgement.score_private}
    parts = {}
    for split in SPLITS:
        metrics = [metric for metric in judgement.metrics if metric.split == split]
        if metrics or scores.get(split) is not None:
            parts[split] = receipts.seal({"score": scores.get(split), "metrics": list(_values(metrics))})
    return parts


def _values(metrics: Iterable[Metric]) -> Iterable[dict[str, object]]:
    for metric in metrics:
        yield {
            "key": metric.key,
            "value": metric.value,
            "higher_is_better": metric.higher_is_better,
            "reason": metric.reason,
        }


def _instant(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
