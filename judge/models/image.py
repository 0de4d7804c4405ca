"""Runner images as workers reported them: what contestants may count on being installed."""

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from judge.db.base import Base, Instant, IntPk, Json


class RunnerImage(Base):
    """One build of one runner image, by its contents.

    Workers of different hosts may have different builds; each has a row, and `seen_at` says when a
    worker last had it.
    """

    __tablename__ = "runner_image"
    __table_args__ = (UniqueConstraint("name", "digest"),)

    id: Mapped[IntPk]
    name: Mapped[str] = mapped_column(String(50))
    digest: Mapped[str] = mapped_column(String(120))
    provider: Mapped[str] = mapped_column(String(20))
    titles: Mapped[Json] = mapped_column(default=dict)
    manifest: Mapped[Json] = mapped_column(default=dict)
    seen_at: Mapped[Instant]
