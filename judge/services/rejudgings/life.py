"""The life of a rejudging: begun, and in the end applied or discarded. Each act holds the contest's row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from judge.clock import utc_now
from judge.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from judge.models import Account, Contest, Judgement, ProblemVersion, Rejudging
from judge.models.words import FINAL_STATES, RejudgingState, State
from judge.runtime import Runtime
from judge.services import audit, contests
from judge.services.access import is_admin, runs_contest
from judge.services.rejudgings.selection import Batch, Selection, batches, new_rows

MAX_REASON = 500
MAX_PAGE = 100
N_RINGS = 8


@dataclass(frozen=True, slots=True)
class Ring:
    """For what a worker is to be woken."""

    judgement_id: int
    gpu_need: str


def get_rejudging(session: Session, rejudging_id: int, *, viewer: Account | None) -> Rejudging:
    """Return a rejudging of a contest that `viewer` runs.

    Raises:
        NotFound: for everybody else too; whether there is one is not told.
    """
    found = session.get(Rejudging, rejudging_id)
    if found is None or not runs_contest(viewer, found.contest):
        raise NotFound("There is no such rejudging.", code="rejudging-not-found")
    return found


def list_rejudgings(
    session: Session,
    *,
    viewer: Account,
    contest_slug: str | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[Rejudging]:
    """List rejudgings of contests that `viewer` runs, newest first."""
    query = select(Rejudging).join(Contest, Contest.id == Rejudging.contest_id)
    if not is_admin(viewer):
        query = query.where(Contest.owner_id == viewer.id)
    if contest_slug is not None:
        query = query.where(Contest.slug == contest_slug)
    if before_id is not None:
        query = query.where(Rejudging.id < before_id)
    return list(session.scalars(query.order_by(Rejudging.id.desc()).limit(max(1, min(limit, MAX_PAGE + 1)))))


def start(
    runtime: Runtime, contest_slug: str, *, selection: Selection, reasons: Mapping[str, str], actor: Account
) -> int:
    """Begin a rejudging in a transaction of its own, and ring for workers.

    Returns:
        Its id.

    Raises:
        JudgeError: see `begin`; or there is no such contest.
    """
    now = utc_now()
    with runtime.database.transaction() as session:
        contest = contests.get_run_contest(session, contest_slug, viewer=actor)
        rejudging = begin(session, contest, selection=selection, reasons=reasons, actor=actor, now=now)
        rings = rings_of(session, rejudging, now=now)
    for ring in rings:
        runtime.dispatcher.ring(ring.judgement_id, ring.gpu_need)
    return rejudging.id


def begin(
    session: Session,
    contest: Contest,
    *,
    selection: Selection,
    reasons: Mapping[str, str],
    actor: Account,
    now: datetime,
) -> Rejudging:
    """Queue new judgements beside the present ones, which go on counting.

    Args:
        session: writing transaction; the caller rings for `rings_of` it afterwards.
        contest: whose submissions.
        selection: which.
        reasons: language → what contestants read once it is applied; at least one.
        actor: must run the contest.
        now: when.

    Raises:
        PermissionDenied: `actor` does not run the contest.
        InvalidInput: no reason, a selection that makes no sense, or one that picks nothing.
    """
    if not runs_contest(actor, contest):
        raise PermissionDenied("This contest belongs to somebody else.", code="contest-not-yours")
    said = checked_reasons(reasons)
    hold_contest(session, contest.id)
    found = batches(session, contest, selection)
    n_selected = sum(batch.n_selected for batch in found)
    skipped = total_skipped(found)
    if n_selected == 0:
        raise InvalidInput(
            "This selects no submission that can be judged again ({n_skipped} left out).",
            code="nothing-selected",
            params={"n_skipped": sum(skipped.values()), **skipped},
        )
    rejudging = Rejudging(
        contest_id=contest.id,
        problem_version_id=found[0].version.id if selection.version else None,
        selection=selection.as_json(),
        skipped=skipped,
        reasons=said,
        n_selected=n_selected,
        created_by_id=actor.id,
        created_at=now,
    )
    session.add(rejudging)
    session.flush()
    for batch in found:
        names, rows = new_rows(contest, batch, selection, rejudging_id=rejudging.id, now=now)
        session.execute(insert(Judgement).from_select(names, rows))
    audit.record(
        session,
        actor=actor,
        action="rejudging.begun",
        subject=f"rejudging:{rejudging.id}",
        contest=contest.slug,
        n_selected=n_selected,
        selection=rejudging.selection,
    )
    return rejudging


def rings_of(session: Session, rejudging: Rejudging, *, now: datetime) -> list[Ring]:
    """Choose a few judgements to ring for, of each need of GPUs, and note it.

    A worker that hears one goes on with all that wait; many rings would stand before live submissions'.
    """
    chosen: list[Ring] = []
    waiting = (
        select(Judgement.id, ProblemVersion.gpu_need)
        .join(ProblemVersion, ProblemVersion.id == Judgement.problem_version_id)
        .where(Judgement.rejudging_id == rejudging.id, Judgement.state == State.QUEUED)
        .order_by(Judgement.id)
    )
    needs = session.scalars(select(ProblemVersion.gpu_need).distinct()).all()
    for need in needs:
        rows = session.execute(waiting.where(ProblemVersion.gpu_need == need).limit(N_RINGS))
        chosen += [Ring(judgement_id, gpu_need) for judgement_id, gpu_need in rows]
    session.execute(
        update(Judgement)
        .where(Judgement.id.in_([ring.judgement_id for ring in chosen]))
        .values(rung_at=now)
        .execution_options(synchronize_session=False)
    )
    return chosen


def discard(session: Session, rejudging: Rejudging, *, actor: Account, now: datetime) -> None:
    """End a rejudging without taking anything over. What still waits or runs is cancelled.

    Raises:
        PermissionDenied: `actor` does not run the contest.
        Conflict: `rejudging-closed`.
    """
    hold_open(session, rejudging, actor=actor)
    n_cancelled = cancel_unfinished(session, rejudging, now=now)
    close(session, rejudging, RejudgingState.DISCARDED, actor=actor, now=now)
    rejudging.outcome = {"n_applied": 0, "n_cancelled": n_cancelled}
    audit.record(
        session,
        actor=actor,
        action="rejudging.discarded",
        subject=f"rejudging:{rejudging.id}",
        n_cancelled=n_cancelled,
    )


def hold_contest(session: Session, contest_id: int) -> None:
    """Make whoever begins, applies or discards in this contest decide after us."""
    session.execute(select(Contest.id).where(Contest.id == contest_id).with_for_update())


def hold_open(session: Session, rejudging: Rejudging, *, actor: Account) -> None:
    """Hold a rejudging that is still to be decided on.

    Raises:
        PermissionDenied: `actor` does not run the contest.
        Conflict: `rejudging-closed`: somebody decided already.
    """
    if not runs_contest(actor, rejudging.contest):
        raise PermissionDenied("This contest belongs to somebody else.", code="contest-not-yours")
    hold_contest(session, rejudging.contest_id)
    session.refresh(rejudging, with_for_update=True)
    require_open(rejudging)


def require_open(rejudging: Rejudging) -> None:
    """Pass when a rejudging is still to be decided on.

    Raises:
        Conflict: `rejudging-closed`.
    """
    if rejudging.state != RejudgingState.OPEN:
        raise Conflict(
            "Rejudging {id} was decided already.",
            code="rejudging-closed",
            params={"id": rejudging.id, "state": rejudging.state},
        )


def cancel_unfinished(session: Session, rejudging: Rejudging, *, now: datetime) -> int:
    """Cancel what waits or runs; whoever works on it has lost it. Returns how many there were."""
    final = [state.value for state in FINAL_STATES]
    unfinished = (Judgement.rejudging_id == rejudging.id, Judgement.state.not_in(final))
    n = session.scalar(select(func.count()).select_from(Judgement).where(*unfinished)) or 0
    session.execute(
        update(Judgement)
        .where(*unfinished)
        .values(state=State.CANCELLED, fence=Judgement.fence + 1, ended_at=now, lease_expires_at=None)
        .execution_options(synchronize_session=False)
    )
    return n


def close(
    session: Session, rejudging: Rejudging, state: RejudgingState, *, actor: Account, now: datetime
) -> None:
    """Write how a rejudging ended."""
    rejudging.closed_by_id, rejudging.closed_at, rejudging.state = actor.id, now, state
    session.flush()


def total_skipped(found: Sequence[Batch]) -> dict[str, int]:
    """Return how many are left out in all, by reason."""
    total: dict[str, int] = {}
    for batch in found:
        for reason, n in batch.skipped.items():
            total[reason] = total.get(reason, 0) + n
    return total


def checked_reasons(reasons: Mapping[str, str]) -> dict[str, str]:
    """Return what contestants are told, in one language or two.

    Raises:
        InvalidInput: there is none, or one is too long.
    """
    said = {language: reasons.get(language, "").strip() for language in ("en", "zh")}
    said = {language: text for language, text in said.items() if text}
    if not said:
        why = "Say why: contestants read it once it is applied."
        raise InvalidInput(why, code="reason-missing", fields={"reason_en": why})
    for language, text in said.items():
        if len(text) > MAX_REASON or any(ord(char) < 32 or ord(char) == 127 for char in text):
            raise InvalidInput(fields={f"reason_{language}": "Write at most 500 characters on one line."})
    return said
