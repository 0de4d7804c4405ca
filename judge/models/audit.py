"""Who did what, when. Appended to, never changed."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from judge.db.base import Base, Instant, IntPk, Json


class AuditEvent(Base):
    """One act. `actor_id` is null for the system itself."""

    __tablename__ = "audit_event"

    id: Mapped[IntPk]
    at: Mapped[Instant] = mapped_column(index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    action: Mapped[str] = mapped_column(String(60), index=True)
    subject: Mapped[str] = mapped_column(String(120), index=True)
    facts: Mapped[Json] = mapped_column(default=dict)
