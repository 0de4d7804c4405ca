"""Which GPUs are there: announced by workers, shown to administrators, kept apart when not clean."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from judge.errors import Conflict, NotFound
from judge.models import GpuDevice, GpuLease, WorkerHost
from judge.services.gpu_sharing import Device
from judge.services.workers import ALIVE_S


@dataclass(frozen=True, slots=True)
class Sighting:
    """A device as a worker sees it.

    Attributes:
        uuid: the driver's id.
        position: of the physical device on its host.
        kind: the driver's name.
        memory_mib: of the device or slice.
        is_mig: whether it is a slice.
        used_mib: memory in use now; None when the driver cannot say.
        n_processes: on it now.
    """

    uuid: str
    position: int
    kind: str
    memory_mib: int
    is_mig: bool
    used_mib: float | None
    n_processes: int


@dataclass(frozen=True, slots=True)
class Fleet:
    """All that may be lent, and by whom.

    Attributes:
        devices: by id of the row, healthy ones alone.
        reach: device ids of each worker online that has any.
        uuids: id → the driver's.
    """

    devices: dict[int, Device]
    reach: tuple[frozenset[int], ...]
    uuids: dict[int, str]

    def of(self, uuids: Collection[str]) -> frozenset[int]:
        """Return the ids of the healthy devices among these."""
        return frozenset(number for number, uuid in self.uuids.items() if uuid in uuids)


def announce(
    session: Session,
    *,
    worker: str,
    host: str,
    sightings: Sequence[Sighting],
    now: datetime,
    is_start: bool = False,
) -> None:
    """Say which devices a worker can lend, and that it is there.

    A device never seen before that somebody uses already is quarantined at once: it is not ours alone.

    Args:
        session: writing transaction.
        worker: name of the worker; it reported itself before.
        host: for people.
        sightings: all that it sees now; others are no longer lent by it.
        now: when.
        is_start: the worker has just started: a new driver may need more for itself than the old one did.
    """
    known = {
        device.uuid: device
        for device in session.scalars(
            select(GpuDevice)
            .where(GpuDevice.uuid.in_([seen.uuid for seen in sightings]))
            .options(joinedload(GpuDevice.lease))
            .order_by(GpuDevice.id)
        )
    }
    for seen in sightings:
        device = known.get(seen.uuid)
        if device is None:
            session.add(_new_device(seen, host=host, now=now))
            continue
        device.host, device.position, device.kind = host, seen.position, seen.kind[:200]
        device.memory_mib, device.is_mig, device.seen_at = seen.memory_mib, seen.is_mig, now
        is_idle = device.lease is None and device.quarantined_at is None and not seen.n_processes
        if is_idle and seen.used_mib is not None and (is_start or seen.used_mib < (device.baseline_mib or 0)):
            device.baseline_mib = seen.used_mib
    row = session.scalar(select(WorkerHost).where(WorkerHost.name == worker))
    if row is not None:
        row.gpus = sorted(seen.uuid for seen in sightings)
        row.seen_at = now
    session.flush()


def _new_device(seen: Sighting, *, host: str, now: datetime) -> GpuDevice:
    reason = ""
    if seen.used_mib is None:
        reason = "the driver could not say what it is doing when it was first seen"
    elif seen.n_processes:
        reason = f"{seen.n_processes} processes used it when it was first seen"
    return GpuDevice(
        uuid=seen.uuid,
        host=host,
        position=seen.position,
        kind=seen.kind[:200],
        memory_mib=seen.memory_mib,
        is_mig=seen.is_mig,
        baseline_mib=None if reason else seen.used_mib,
        seen_at=now,
        quarantined_at=now if reason else None,
        quarantine_reason=reason,
    )


def online(session: Session, *, now: datetime) -> list[frozenset[str]]:
    """List, for each worker that was seen lately and has GPUs, their uuids."""
    rows = session.scalars(
        select(WorkerHost.gpus).where(WorkerHost.seen_at > now - timedelta(seconds=ALIVE_S))
    )
    return [frozenset(map(str, uuids)) for uuids in rows if uuids]


def load_fleet(session: Session, *, now: datetime) -> Fleet:
    """Return the fleet as it is in this transaction."""
    groups = online(session, now=now)
    rows = session.execute(
        select(GpuDevice.id, GpuDevice.uuid, GpuDevice.kind, GpuDevice.memory_mib, GpuLease.id.label("lease"))
        .outerjoin(GpuLease, GpuLease.device_id == GpuDevice.id)
        .where(GpuDevice.quarantined_at.is_(None))
        .order_by(GpuDevice.id)
    ).all()
    ids = {row.uuid: row.id for row in rows}
    return Fleet(
        {row.id: Device(row.id, row.kind, row.memory_mib, row.lease is None) for row in rows},
        tuple(frozenset(ids[uuid] for uuid in group if uuid in ids) for group in groups),
        {row.id: row.uuid for row in rows},
    )


def list_devices(session: Session) -> list[GpuDevice]:
    """List every device ever announced, by host and position, with its lease."""
    query = select(GpuDevice).options(joinedload(GpuDevice.lease))
    return list(session.scalars(query.order_by(GpuDevice.host, GpuDevice.position, GpuDevice.uuid)))


def quarantine(device: GpuDevice, *, reason: str, now: datetime) -> None:
    """Lend a device to nobody until an administrator had it looked at."""
    device.quarantined_at = device.quarantined_at or now
    device.quarantine_reason = (reason or "not clean")[:500]
    device.release_asked_at = None


def ask_release(session: Session, name: str, *, now: datetime, is_memory_accepted: bool = False) -> GpuDevice:
    """Ask that a quarantined device be looked at, and lent again when it is clean.

    Args:
        session: writing transaction.
        name: its uuid, or a beginning of it that no other has.
        now: when.
        is_memory_accepted: what is in use now is what an idle one uses: only processes are looked for.

    Raises:
        NotFound: no device, or several, are called that.
        Conflict: it is not quarantined.
    """
    query = select(GpuDevice).where(GpuDevice.uuid.startswith(name, autoescape=True)).limit(2)
    found = session.scalars(query).all() if name else []
    exact = [device for device in found if device.uuid == name]
    if len(exact or found) != 1:
        raise NotFound("There is no GPU {name}, or there are several.", params={"name": name[:100]})
    device = (exact or found)[0]
    if device.quarantined_at is None:
        raise Conflict("GPU {name} is not quarantined.", params={"name": device.uuid})
    device.release_asked_at = now
    if is_memory_accepted:
        device.baseline_mib = None
    session.flush()
    return device


def asked_for(session: Session, uuids: Iterable[str]) -> list[GpuDevice]:
    """List those of these devices whose release was asked for and that nobody holds."""
    return list(
        session.scalars(
            select(GpuDevice)
            .outerjoin(GpuLease, GpuLease.device_id == GpuDevice.id)
            .where(
                GpuDevice.uuid.in_(list(uuids)),
                GpuDevice.release_asked_at.is_not(None),
                GpuLease.id.is_(None),
            )
        )
    )


def conclude_release(session: Session, uuid: str, *, used_mib: float, reason: str, now: datetime) -> None:
    """Write what a worker saw when it looked at a device whose release was asked for.

    Args:
        session: writing transaction.
        uuid: of the device.
        used_mib: memory in use while nobody uses it: the new baseline.
        reason: why it is still not clean; "" releases it.
        now: when.
    """
    device = session.scalar(select(GpuDevice).where(GpuDevice.uuid == uuid).with_for_update())
    if device is None or device.release_asked_at is None:
        return
    device.release_asked_at = None
    if reason:
        quarantine(device, reason=reason, now=now)
        return
    device.baseline_mib, device.quarantined_at, device.quarantine_reason = used_mib, None, ""
