"""Taking over the results of a rejudging, in one transaction: from then on they are the ones that count."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, insert, literal, select, update
from sqlalchemy.orm import Session, aliased

from judge.errors import Conflict
from judge.models import Account, AuditEvent, Judgement, Rejudging, Submission
from judge.models.words import FINAL_STATES, RejudgingState, State, Verdict
from judge.services import audit
from judge.services.boards.conducting import require_not_final
from judge.services.rejudgings.boards import hold_boards, update_boards
from judge.services.rejudgings.life import cancel_unfinished, close, hold_open

_FINAL = [state.value for state in FINAL_STATES]


@dataclass(frozen=True, slots=True)
class Hindrances:
    """What a rejudging cannot take over.

    Attributes:
        n_unfinished: still waiting, or being judged.
        n_failed: ended with a judge error where there was none before.
        n_overtaken: whose old judgement does not count any more: something else took its place meanwhile.
    """

    n_unfinished: int
    n_failed: int
    n_overtaken: int


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a rejudging's results.

    Attributes:
        n_applied: that count now.
        n_cancelled: were not finished.
        n_failed: ended with a judge error.
        n_overtaken: came too late.
    """

    n_applied: int
    n_cancelled: int = 0
    n_failed: int = 0
    n_overtaken: int = 0


def hindrances(session: Session, rejudging: Rejudging) -> Hindrances:
    """Count what stands against taking everything over."""
    old = aliased(Judgement)

    def count(*conditions: ColumnElement[bool]) -> int:
        query = (
            select(func.count())
            .select_from(Judgement)
            .join(old, old.id == Judgement.replaces_id)
            .where(Judgement.rejudging_id == rejudging.id, *conditions)
        )
        return session.scalar(query) or 0

    return Hindrances(
        n_unfinished=count(Judgement.state.not_in(_FINAL)),
        n_failed=count(Judgement.verdict == Verdict.JE, old.verdict != Verdict.JE),
        n_overtaken=count(Judgement.verdict != Verdict.JE, ~old.is_current),
    )


def apply(
    session: Session, rejudging: Rejudging, *, actor: Account, now: datetime, is_partial: bool = False
) -> Applied:
    """Make the new judgements the ones that count, and bring the leaderboards in line.

    A judge error never takes the place of a result. Quota is not touched: nobody handed anything in.

    Args:
        session: writing transaction.
        rejudging: open.
        actor: must run the contest.
        now: when.
        is_partial: take over what can be, and leave the rest as it is. What is not finished is cancelled.

    Raises:
        PermissionDenied: `actor` does not run the contest.
        Conflict: `rejudging-closed`; without `is_partial` also `rejudging-unfinished`,
            `rejudging-has-judge-errors` and `rejudging-overtaken`; `results-final`.
    """
    hold_open(session, rejudging, actor=actor)
    _hold_rows(session, rejudging)
    n_cancelled = cancel_unfinished(session, rejudging, now=now) if is_partial else 0
    found = hindrances(session, rejudging)
    if not is_partial:
        _refuse(found)
    _take_over(session, rejudging, now=now)
    update_boards(session, rejudging)
    n_applied = _count_applied(session, rejudging)
    applied = Applied(n_applied, n_cancelled, found.n_failed, found.n_overtaken)
    close(session, rejudging, RejudgingState.APPLIED, actor=actor, now=now)
    rejudging.outcome = asdict(applied)
    _record(session, rejudging, applied, actor=actor, now=now)
    return applied


def _refuse(found: Hindrances) -> None:
    """Pass when everything can be taken over.

    Raises:
        Conflict: else; says how many cannot.
    """
    if found.n_unfinished:
        raise Conflict(
            "Of its judgements {n} are not finished yet.",
            code="rejudging-unfinished",
            params={"n": found.n_unfinished},
        )
    if found.n_failed:
        raise Conflict(
            "Of its judgements {n} ended with a judge error. Discard it, or apply the others only.",
            code="rejudging-has-judge-errors",
            params={"n": found.n_failed},
        )
    if found.n_overtaken:
        raise Conflict(
            "Meanwhile {n} of them were judged again otherwise. Discard it, or apply the others only.",
            code="rejudging-overtaken",
            params={"n": found.n_overtaken},
        )


def _hold_rows(session: Session, rejudging: Rejudging) -> None:
    """Hold the boards, then the submissions whose old judgement still counts: no other can begin for them.

    Raises:
        Conflict: `results-final`.
    """
    for phase in hold_boards(session, rejudging):
        require_not_final(phase)
    old = aliased(Judgement)
    own = (
        select(Judgement.submission_id)
        .join(old, old.id == Judgement.replaces_id)
        .where(Judgement.rejudging_id == rejudging.id, old.is_current)
    )
    submissions = select(Submission.id).where(Submission.id.in_(own)).order_by(Submission.id)
    session.execute(submissions.with_for_update())


def _take_over(session: Session, rejudging: Rejudging, *, now: datetime) -> None:
    old = aliased(Judgement)
    is_current = select(old.id).where(old.id == Judgement.replaces_id, old.is_current).exists()
    own = Judgement.rejudging_id == rejudging.id
    is_applied = (own, Judgement.applied_at.is_not(None))
    quiet = {"synchronize_session": False}
    session.execute(
        update(Judgement)
        .where(own, Judgement.state == State.DONE, Judgement.verdict != Verdict.JE, is_current)
        .values(applied_at=now)
        .execution_options(**quiet)
    )
    replaced = select(Judgement.replaces_id).where(*is_applied)
    # One after the other: a submission never has two that are current.
    session.execute(
        update(Judgement)
        .where(Judgement.id.in_(replaced))
        .values(is_current=False)
        .execution_options(**quiet)
    )
    session.execute(update(Judgement).where(*is_applied).values(is_current=True).execution_options(**quiet))
    session.expire_all()


def _count_applied(session: Session, rejudging: Rejudging) -> int:
    query = select(func.count()).select_from(Judgement).where(Judgement.rejudging_id == rejudging.id)
    return session.scalar(query.where(Judgement.applied_at.is_not(None))) or 0


def _record(
    session: Session, rejudging: Rejudging, applied: Applied, *, actor: Account, now: datetime
) -> None:
    """Write the act itself, and for each submission that another judgement counts."""
    subject = f"rejudging:{rejudging.id}"
    audit.record(session, actor=actor, action="rejudging.applied", subject=subject, **asdict(applied))
    session.flush()
    rows = (
        select(
            literal(now, AuditEvent.at.type),
            literal(actor.id),
            literal("judgement.replaced"),
            literal("submission:") + Submission.public_id,
            literal({"rejudging_id": rejudging.id}, AuditEvent.facts.type),
        )
        .join(Judgement, Judgement.submission_id == Submission.id)
        .where(Judgement.rejudging_id == rejudging.id, Judgement.applied_at.is_not(None))
        .order_by(Submission.id)
    )
    columns = ["at", "actor_id", "action", "subject", "facts"]
    session.execute(insert(AuditEvent).from_select(columns, rows))
