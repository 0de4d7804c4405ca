"""GPUs that workers announced, and who holds them.

A row of `gpu_lease` is the right to a device. It outlives the worker that took it: whoever finds it
orphaned looks at the device before anybody else may have it (see `judge.services.gpu_leases`).
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from judge.db.base import Base, Instant, IntPk, UtcDateTime


class GpuDevice(Base):
    """One device, or one MIG slice of it, by the driver's id, which is the same wherever it is seen.

    `host` is for people; which workers can lend it stands in `WorkerHost.gpus`. `baseline_mib` is the
    memory in use while nobody uses it. A quarantined one is lent to nobody; `release_asked_at` asks a
    worker that sees it to look again.
    """

    __tablename__ = "gpu_device"
    __table_args__ = (
        CheckConstraint("memory_mib >= 0", name="memory"),
        CheckConstraint("(quarantined_at IS NULL) = (quarantine_reason = '')", name="quarantine"),
    )

    id: Mapped[IntPk]
    uuid: Mapped[str] = mapped_column(String(100), unique=True)
    host: Mapped[str] = mapped_column(String(100))
    position: Mapped[int]  # of the physical device on its host
    kind: Mapped[str] = mapped_column(String(200))
    memory_mib: Mapped[int]
    is_mig: Mapped[bool]
    baseline_mib: Mapped[float | None]  # null until it was seen idle
    seen_at: Mapped[Instant]
    quarantined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    quarantine_reason: Mapped[str] = mapped_column(String(500), default="")
    release_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    lease: Mapped["GpuLease | None"] = relationship(back_populates="device")


class GpuLease(Base):
    """A device lent to one claim of one judgement. One row a device: the database itself refuses two."""

    __tablename__ = "gpu_lease"

    id: Mapped[IntPk]
    device_id: Mapped[int] = mapped_column(ForeignKey("gpu_device.id"), unique=True)
    judgement_id: Mapped[int] = mapped_column(ForeignKey("judgement.id"), index=True)
    fence: Mapped[int]
    worker: Mapped[str] = mapped_column(String(100))
    taken_at: Mapped[Instant]

    device: Mapped[GpuDevice] = relationship(back_populates="lease")
