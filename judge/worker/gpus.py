"""A worker's GPUs: announced, looked at after every use, taken over from workers that died.

A device goes back to the others only after what ran on it is gone. Two promises keep two judgements off one
device even when a worker or the database fails:

- A lease stays in the database until somebody looked at the device, so a crash frees nothing by itself.
- A worker is taken for dead after `ALIVE_S` of silence. One that lives but cannot reach the database stops
  its own GPU work after `FENCE_AFTER_S`, which is sooner.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from judge.clock import utc_now
from judge.dispatch import GPU_QUEUE, own_queue
from judge.runtime import Runtime
from judge.services import gpu_fleet, gpu_leases, seating
from judge.services.gpu_fleet import Sighting
from judge.services.gpu_leases import Lent
from judge.services.seating import Place
from judge.services.workers import ALIVE_S
from sandboxes.gpus import Gpu, GpuFault, Inventory, NoGpus, await_clean

logger = structlog.get_logger(__name__)

FENCE_AFTER_S = ALIVE_S * 2 / 3


@dataclass(slots=True)
class Gpus:
    """The devices one worker process lends. Thread-safe.

    Attributes:
        runtime: database and doorbell.
        worker: this worker's name.
        inventory: what the driver says.
    """

    runtime: Runtime
    worker: str
    inventory: Inventory = field(default_factory=NoGpus)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _uuids: frozenset[str] = frozenset()
    _unreturned: list[Lent] = field(default_factory=list)
    _distrusted: dict[str, str] = field(default_factory=dict)
    _rung: frozenset[int] = frozenset()
    _heard_at: float = field(default_factory=time.monotonic)

    @property
    def place(self) -> Place:
        """Return what this worker says of itself when it asks for work."""
        return Place(self.worker, self._uuids, self.runtime.settings.gpu_preferred_wait_s)

    @property
    def is_any(self) -> bool:
        """Whether there is a device to lend."""
        return bool(self._uuids)

    @property
    def is_possible(self) -> bool:
        """Whether there is a driver, so that there are devices or may be some later."""
        return not isinstance(self.inventory, NoGpus)

    @property
    def queues(self) -> tuple[str, ...]:
        """Return the queues of which a worker with GPUs hears beside everybody's."""
        return (GPU_QUEUE, own_queue(self.worker)) if self.is_possible else ()

    def start(self) -> None:
        """Announce the devices, if any, and give back what an earlier life under this name still holds.

        The sandboxes of that life are swept already: see `Host.start`.
        """
        self._announce(is_start=True)
        with self.runtime.database.read() as session:
            left = gpu_leases.list_own(session, self.worker)
        if left:
            logger.warning("gpu_leases_found", uuids=[one.uuid for one in left])
            self.give_back(left)

    def give_back(self, lent: Sequence[Lent]) -> None:
        """Wait until devices are clean and end their leases; what does not come clean is quarantined.

        Args:
            lent: leases whose sandbox is destroyed.
        """
        if not lent:
            return
        baselines = {one.uuid: one.baseline_mib for one in lent if one.baseline_mib is not None}
        uuids = [one.uuid for one in lent]
        found = await_clean(self.inventory, uuids, baselines, self.runtime.settings.gpu_clean_within_s)
        dirt = {dirty.gpu_id: dirty.reason for dirty in found}
        with self._lock:
            dirt |= {uuid: self._distrusted.pop(uuid) for uuid in uuids if uuid in self._distrusted}
        try:
            with self.runtime.database.transaction() as session:
                quarantined = gpu_leases.give_back(session, lent, dirt=dirt, now=utc_now())
        except SQLAlchemyError:
            logger.exception("gpus_not_given_back", uuids=uuids)
            with self._lock:
                self._unreturned += lent
            return
        for uuid in quarantined:
            logger.error("gpu_quarantined", uuid=uuid, reason=dirt[uuid])
        self.ring()

    def distrust(self, lent: Sequence[Lent], reason: str) -> None:
        """Have devices quarantined when they are given back, clean or not: a sandbox failed on them."""
        with self._lock:
            self._distrusted |= {one.uuid: reason for one in lent}

    def ring(self) -> None:
        """Ring for what may begin here and could not a moment ago."""
        with self.runtime.database.read() as session:
            startable = frozenset(seating.list_startable(session, place=self.place, now=utc_now()))
        with self._lock:
            new, self._rung = sorted(startable - self._rung), startable
        for judgement_id in new:
            self.runtime.dispatcher.ring(judgement_id, worker=self.worker)

    def tend(self, stop_work: Callable[[], None]) -> None:
        """Do what is due: announce, take over from the dead, look at what shall be released.

        Args:
            stop_work: ends every judgement of this process that holds a device; called when the
                database was out of reach for so long that others may soon take us for dead.
        """
        try:
            self._announce(is_start=False)
            self._heard_at = time.monotonic()
            self._take_over()
            self._release()
            self.ring()
        except SQLAlchemyError:
            if time.monotonic() - self._heard_at > FENCE_AFTER_S:
                logger.warning("gpu_work_stopped", reason="the database is out of reach")
                stop_work()
            raise

    def _announce(self, *, is_start: bool) -> None:
        try:
            seen = [self._look(gpu) for gpu in self.inventory.list_gpus()]
        except GpuFault as fault:
            logger.warning("gpus_unreadable", reason=fault.detail)
            seen = []
        if not seen and not self._uuids:
            return
        host = self.worker.partition("/")[0]
        with self.runtime.database.transaction() as session:
            gpu_fleet.announce(
                session, worker=self.worker, host=host, sightings=seen, now=utc_now(), is_start=is_start
            )
        uuids = frozenset(one.uuid for one in seen)
        if uuids != self._uuids:
            logger.info("gpus_announced", uuids=sorted(uuids))
        self._uuids = uuids

    def _look(self, gpu: Gpu) -> Sighting:
        used_mib: float | None = None
        n_processes = 0
        try:
            state = self.inventory.look(gpu.id)
            used_mib, n_processes = state.used_mib, len(state.pids)
        except GpuFault as fault:
            logger.warning("gpu_unreadable", uuid=gpu.id, reason=fault.detail)
        return Sighting(gpu.id, gpu.index, gpu.kind, gpu.memory_mib, gpu.is_mig, used_mib, n_processes)

    def _take_over(self) -> None:
        with self._lock:
            late, self._unreturned = self._unreturned, []
        now: datetime = utc_now()
        with self.runtime.database.read() as session:
            orphans = gpu_leases.list_orphans(session, uuids=self._uuids, worker=self.worker, now=now)
        for one in orphans:
            logger.warning("gpu_lease_orphaned", uuid=one.uuid, of=one.worker, judgement_id=one.judgement_id)
        self.give_back([*late, *orphans])

    def _release(self) -> None:
        with self.runtime.database.read() as session:
            asked = [
                (device.uuid, device.baseline_mib) for device in gpu_fleet.asked_for(session, self._uuids)
            ]
        for uuid, baseline_mib in asked:
            baselines = {} if baseline_mib is None else {uuid: baseline_mib}
            dirty = await_clean(self.inventory, [uuid], baselines, timeout_s=1.0)
            used_mib = 0.0
            reason = dirty[0].reason if dirty else ""
            if not dirty:
                try:
                    used_mib = self.inventory.look(uuid).used_mib
                except GpuFault as fault:
                    reason = fault.detail
            with self.runtime.database.transaction() as session:
                gpu_fleet.conclude_release(session, uuid, used_mib=used_mib, reason=reason, now=utc_now())
            logger.info("gpu_release_looked_at", uuid=uuid, reason=reason or "clean")
