"""The worker's side of a submission's road: claim, prepare, execute, score, settle.

A ring is only a hint. After the judgement it names, a slot goes on with whatever waits longest, so a
lost or late ring delays nothing while anybody is awake.
"""

from dataclasses import replace
from datetime import datetime

import structlog

from judge.clock import utc_now
from judge.errors import LeaseLost
from judge.models import Judgement
from judge.models.words import GpuNeed, State
from judge.services import seating
from judge.services.results import JudgementResult
from judge.services.seating import Seat
from judge.worker.bench import Bench, DirectSource
from judge.worker.evaluate import evaluate, judge_error
from judge.worker.host import Host
from judge.worker.material import Gear
from judge.worker.receipts import receipt
from judge.worker.steps.prepare import prepare
from judge.worker.steps.settle import advance, give_back, settle, tell
from judge.worker.verdicts import ScorerFault
from sandboxes.errors import GpuFault, GpusUnmet, ProviderUnavailable, SandboxError

logger = structlog.get_logger(__name__)


def work(host: Host, judgement_id: int) -> None:
    """Judge the judgement that was rung for, then all that wait, until nothing does."""
    next_id: int | None = judgement_id
    while next_id is not None and not host.stopping.is_set():
        last_id, was_taken = next_id, judge(host, next_id)
        with host.runtime.database.read() as session:
            place = host.place(takes_rejudgings=host.lane.n_free > 0)
            next_id = seating.next_queued(session, place=place, now=utc_now())
        if next_id == last_id and not was_taken:
            return  # somebody else is at it; should nobody be, it is rung again


def judge(host: Host, judgement_id: int) -> bool:
    """Judge one judgement, if it is still there to be taken.

    Returns:
        Whether it was taken.
    """
    if host.health.is_avoided(judgement_id) or not host.health.is_well(host.provider.report):
        return False
    started_at = utc_now()
    with host.lane.enter() as permit:
        seat = _take(host, judgement_id, started_at, takes_rejudgings=permit.is_held)
        if seat is None:
            _pass_on(host, judgement_id)
            return False
        if seat.held.is_current:
            permit.let_go()  # a live one needs none
        _judge_seated(host, seat, started_at)
    return True


def _take(host: Host, judgement_id: int, now: datetime, *, takes_rejudgings: bool) -> Seat | None:
    place, lease_s = host.place(takes_rejudgings=takes_rejudgings), host.runtime.settings.lease_s
    with host.runtime.database.transaction() as session:
        return seating.take(session, judgement_id, place=place, now=now, lease_s=lease_s)


def _judge_seated(host: Host, seat: Seat, started_at: datetime) -> None:
    """Judge what is claimed, with its lease kept alive, and give its devices back."""
    held = seat.held
    with structlog.contextvars.bound_contextvars(judgement_id=held.judgement_id, fence=held.fence):
        logger.info("judgement_claimed", attempt=held.n_attempts)
        # What is warm is for live submissions: a rejudging waits for sandboxes of its own.
        bench = Bench(host.source if held.is_current else DirectSource(host.provider))
        try:
            with host.jobs.track(held, bench, has_gpus=bool(seat.gpus)):
                _judge_claimed(host, seat, bench, started_at)
        except LeaseLost:
            logger.warning("lease_lost")
        finally:
            # After the result is written: a device may take seconds to come clean.
            host.gpus.give_back(seat.gpus)


def _pass_on(host: Host, judgement_id: int) -> None:
    """Ring for who has GPUs, should a judgement that prefers them have been heard here first."""
    if host.gpus.is_any:
        return
    with host.runtime.database.read() as session:
        judgement = session.get(Judgement, judgement_id)
        waiting = seating.waiting_for(session, judgement, now=utc_now()) if judgement else None
    if waiting is not None and waiting.code == "gpu-busy":
        host.runtime.dispatcher.ring(judgement_id, GpuNeed.REQUIRED)


def _judge_claimed(host: Host, seat: Seat, bench: Bench, started_at: datetime) -> None:
    """Judge what is claimed and write the end of it: a result, or its return to the queue.

    Raises:
        LeaseLost: somebody else owns it now.
    """
    held = seat.held
    tell(host.runtime, held, {"state": State.PREPARING.value})
    try:
        result = _evaluate(host, seat, bench, started_at)
    except ScorerFault as fault:
        logger.exception("scorer_fault")
        result = judge_error("judge-fault", fault.detail)
    except (SandboxError, OSError) as fault:
        if _was_given_back(host, seat, fault):
            return
        result = judge_error("judge-fault", f"{type(fault).__name__}: {fault}")
    settle(host.runtime, held, result, host.signing_key)
    logger.info("judgement_settled", verdict=result.verdict.value)


def _was_given_back(host: Host, seat: Seat, fault: SandboxError | OSError) -> bool:
    """Return a judgement to the queue after a fault of the machines, unless it was tried often enough.

    An attempt is counted only where something was attempted that may fail again.

    Raises:
        LeaseLost: somebody else owns it now.
    """
    held = seat.held
    if host.stopping.is_set():
        give_back(host.runtime, held, reason="the worker stopped", is_counted=False)
        return True
    logger.error("infrastructure_fault", attempt=held.n_attempts, exc_info=fault)
    reason, is_retryable = f"{type(fault).__name__}: {fault}", getattr(fault, "is_retryable", True)
    if seat.gpus and isinstance(fault, GpuFault | GpusUnmet):
        # Each such fault costs a device, not an attempt: with none left, it waits for a sound one.
        host.gpus.distrust(seat.gpus, fault.detail)
        give_back(host.runtime, held, reason=reason, is_counted=False)
    elif is_retryable and isinstance(fault, ProviderUnavailable):
        # Nothing was attempted, and an engine may be away for hours.
        host.health.fell_ill(str(fault))
        give_back(host.runtime, held, reason=reason, is_counted=False)
    elif is_retryable and held.n_attempts < host.runtime.settings.max_attempts:
        host.health.avoid(held.judgement_id)
        give_back(host.runtime, held, reason=reason, is_counted=True)
    else:
        return False
    return True


def _evaluate(host: Host, seat: Seat, bench: Bench, started_at: datetime) -> JudgementResult:
    held = seat.held
    prepared = prepare(host.runtime, held)
    image = host.execute_image(prepared.material.spec, prepared.material.format, has_gpus=bool(seat.gpus))
    gear = Gear(image, tuple((one.uuid, one.kind, one.memory_mib) for one in seat.gpus))
    material = replace(prepared.material, gear=gear)

    def say(state: State) -> None:
        advance(host.runtime, held, state)

    with host.job_folder() as folder:
        result = evaluate(material, bench, folder, on_state=say, desk=host.desk)
    written = receipt(host, material, prepared.origin, started_at=started_at)
    return replace(result, receipt={**written, **result.receipt, "ended_at": utc_now().isoformat()})
