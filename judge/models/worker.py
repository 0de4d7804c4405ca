"""Worker hosts that reported themselves: what runs, where, and how strong its sandboxes are."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from judge.db.base import Base, Instant, IntPk, Json, JsonList


class WorkerHost(Base):
    """One worker process by its stable name.

    `sandbox` is its provider's report; `gpus` are the driver's ids of the devices it can lend.
    """

    __tablename__ = "worker_host"

    id: Mapped[IntPk]
    name: Mapped[str] = mapped_column(String(100), unique=True)
    n_slots: Mapped[int]
    sandbox: Mapped[Json] = mapped_column(default=dict)
    gpus: Mapped[JsonList] = mapped_column(default=list, server_default="[]")
    started_at: Mapped[Instant]
    seen_at: Mapped[Instant]
