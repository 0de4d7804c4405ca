"""Two threads that keep a worker honest: signs of life, and a reaper for the silent."""

import threading
from collections.abc import Callable
from dataclasses import asdict

import structlog
from sqlalchemy.exc import SQLAlchemyError

from judge.clock import utc_now
from judge.dispatch import QUEUES
from judge.services import judgements, reaping, workers
from judge.worker.host import Host
from judge.worker.images import REPORT_EVERY_S, report_images
from sandboxes.errors import SandboxError
from sandboxes.slot_provider import SlotProvider

logger = structlog.get_logger(__name__)

SEEN_EVERY_S = 10.0
REAP_EVERY_S = 0.5
SWEEP_EVERY_S = 60.0
RING_AGAIN_AFTER_S = 5.0
TEND_GPUS_EVERY_S = 2.0


class Periodic:
    """Calls something again and again in a thread of its own, until stopped.

    A database that is away for a while is logged and tried again: judgements go on.

    Args:
        name: of the thread.
        every_s: seconds from the end of a call to the next.
        act: what to do.
    """

    def __init__(self, name: str, every_s: float, act: Callable[[], None]) -> None:
        self._every_s = every_s
        self._act = act
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and wait for a call that is under way."""
        self._stop.set()
        self._thread.join()

    def _loop(self) -> None:
        while not self._stop.wait(self._every_s):
            try:
                self._act()
            except (SQLAlchemyError, OSError):
                logger.exception("periodic_act_failed", thread=self._thread.name)


def beat(host: Host) -> None:
    """Renew the leases of everything worked on; stop what was lost."""
    claims = host.jobs.claims()
    if not claims:
        return
    with host.runtime.database.transaction() as session:
        lost = judgements.heartbeat(session, claims, utc_now())
    for held in lost:
        logger.warning("lease_lost", judgement_id=held.judgement_id, fence=held.fence)
        host.jobs.cancel(held)


def show_life(host: Host) -> None:
    """Say that this worker is there."""
    with host.runtime.database.transaction() as session:
        workers.seen(session, name=host.identity.name, now=utc_now())


def show_images(host: Host) -> None:
    """Say which runner images this worker has."""
    report_images(host.runtime, host.provider)


def reap(host: Host, n_bells: Callable[[str], int | None]) -> None:
    """Take judgements from silent workers, and ring again for those nobody heard of.

    Args:
        host: this worker; any worker reaps for all.
        n_bells: how many rings wait in a queue; None when it cannot be asked.
    """
    now, settings = utc_now(), host.runtime.settings
    database = host.runtime.database
    with database.read() as session:
        if not reaping.is_anything_to_reap(session, now=now, after_s=RING_AGAIN_AFTER_S):
            return
    with database.transaction() as session:
        expired = reaping.expire(session, now=now, max_attempts=settings.max_attempts)
    host.announce(expired)
    # Where rings wait for a free slot nothing was lost: there is only much to do, or no GPU yet.
    busy = frozenset(queue for queue in QUEUES if n_bells(queue))
    if busy == frozenset(QUEUES):
        return
    with database.transaction() as session:
        unheard = reaping.list_unheard(session, now=now, after_s=RING_AGAIN_AFTER_S)
    for place in unheard:
        logger.info("rung_again", judgement_id=place.judgement_id)
        host.runtime.dispatcher.ring(place.judgement_id, place.gpu_need, but=busy)


def tend_gpus(host: Host) -> None:
    """Announce GPUs, take over those of dead workers, release those an administrator asked for."""
    host.gpus.tend(host.jobs.cancel_gpu_work)


def sweep(host: Host) -> None:
    """Remove sandboxes that nobody will come back for, and say so when removing does not go well."""
    try:
        n_swept = host.provider.sweep()
    except SandboxError as error:
        logger.warning("sweep_failed", reason=error.detail)
        return
    if n_swept:
        logger.warning("orphans_swept", n_swept=n_swept)
    if isinstance(host.provider, SlotProvider):
        burials = host.provider.burials()
        if burials.n_failing:
            logger.error("sandboxes_not_removed", **asdict(burials))


def threads(host: Host, n_bells: Callable[[str], int | None]) -> list[Periodic]:
    """Return the worker's threads, not yet started."""
    return [
        Periodic("heartbeat", host.runtime.settings.heartbeat_s, lambda: beat(host)),
        Periodic("presence", SEEN_EVERY_S, lambda: show_life(host)),
        Periodic("reaper", REAP_EVERY_S, lambda: reap(host, n_bells)),
        Periodic("sweep", SWEEP_EVERY_S, lambda: sweep(host)),
        Periodic("images", REPORT_EVERY_S, lambda: show_images(host)),
        *([Periodic("gpus", TEND_GPUS_EVERY_S, lambda: tend_gpus(host))] if host.gpus.is_possible else []),
    ]
