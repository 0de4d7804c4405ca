"""GPUs lent to claims: given back clean, or kept from everybody until somebody has looked.

A lease ends in one place only, `give_back`, and only for the claim that it names by its fence (numbers of
rows come back: SQLite gives the highest one out again). Whoever gives back, the
worker that held it or one that found it orphaned, has looked at the device before.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.orm import Session

from judge.models import GpuDevice, GpuLease, WorkerHost
from judge.services import audit
from judge.services.gpu_fleet import quarantine
from judge.services.judgements import Claim
from judge.services.workers import ALIVE_S


@dataclass(frozen=True, slots=True)
class Lent:
    """A device in somebody's hands.

    Attributes:
        device_id: of its row.
        uuid: the driver's id.
        kind: the driver's name.
        memory_mib: of the device or slice.
        baseline_mib: in use while nobody uses it; None when it was never seen idle.
        worker: who holds it.
        judgement_id: for which judgement.
        fence: of the claim.
    """

    device_id: int
    uuid: str
    kind: str
    memory_mib: int
    baseline_mib: float | None
    worker: str
    judgement_id: int
    fence: int


def lend(session: Session, held: Claim, device_ids: Sequence[int], now: datetime) -> tuple[Lent, ...]:
    """Write down that a claim holds devices; the caller holds their rows locked and found them free."""
    lent = []
    for device in session.scalars(
        select(GpuDevice).where(GpuDevice.id.in_(device_ids)).order_by(GpuDevice.position, GpuDevice.uuid)
    ):
        lease = GpuLease(
            device_id=device.id,
            judgement_id=held.judgement_id,
            fence=held.fence,
            worker=held.worker,
            taken_at=now,
        )
        session.add(lease)
        session.flush()
        lent.append(_lent(lease, device))
    return tuple(lent)


def give_back(session: Session, lent: Sequence[Lent], *, dirt: Mapping[str, str], now: datetime) -> list[str]:
    """End leases: clean devices are free, the others are quarantined.

    Args:
        session: writing transaction.
        lent: leases of which the caller has seen the devices.
        dirt: uuid → why it is not clean.
        now: when.

    Returns:
        Uuids that are quarantined now. A lease that somebody else ended is passed by: what became of
        the device since is not ours to say.
    """
    quarantined = []
    for one in lent:
        ended = session.execute(
            delete(GpuLease).where(
                GpuLease.device_id == one.device_id,
                GpuLease.judgement_id == one.judgement_id,
                GpuLease.fence == one.fence,
            )
        )
        if not isinstance(ended, CursorResult) or ended.rowcount != 1 or one.uuid not in dirt:
            continue
        device = session.get_one(GpuDevice, one.device_id)
        quarantine(device, reason=dirt[one.uuid], now=now)
        quarantined.append(one.uuid)
        audit.record(
            session,
            actor=None,
            action="gpu.quarantined",
            subject=f"gpu:{one.uuid}",
            reason=device.quarantine_reason,
            judgement_id=one.judgement_id,
            worker=one.worker,
        )
    return quarantined


def list_own(session: Session, worker: str) -> list[Lent]:
    """List what is held under a worker's name: at its start, what an earlier life left behind."""
    rows = session.execute(
        select(GpuLease, GpuDevice)
        .join(GpuDevice, GpuDevice.id == GpuLease.device_id)
        .where(GpuLease.worker == worker)
        .order_by(GpuLease.id)
    )
    return [_lent(lease, device) for lease, device in rows]


def list_orphans(session: Session, *, uuids: Collection[str], worker: str, now: datetime) -> list[Lent]:
    """List what dead workers hold of these devices.

    A worker is dead when it said good-bye or was silent for `ALIVE_S`; one that cannot reach the
    database stops its own GPU work long before that (see `judge.worker.gpus`).

    Args:
        session: open session.
        uuids: devices that the asking worker can look at.
        worker: who asks; its own are not orphans.
        now: when.
    """
    living = select(WorkerHost.name).where(WorkerHost.seen_at > now - timedelta(seconds=ALIVE_S))
    rows = session.execute(
        select(GpuLease, GpuDevice)
        .join(GpuDevice, GpuDevice.id == GpuLease.device_id)
        .where(GpuDevice.uuid.in_(list(uuids)), GpuLease.worker != worker, GpuLease.worker.not_in(living))
        .order_by(GpuLease.id)
    )
    return [_lent(lease, device) for lease, device in rows]


def _lent(lease: GpuLease, device: GpuDevice) -> Lent:
    return Lent(
        device.id,
        device.uuid,
        device.kind,
        device.memory_mib,
        device.baseline_mib,
        lease.worker,
        lease.judgement_id,
        lease.fence,
    )
