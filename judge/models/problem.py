"""Problems and their immutable published versions."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from judge.db.base import Base, Instant, IntPk, Json, Sha256, Slug, UtcDateTime
from judge.models.words import GpuNeed, one_of


class Problem(Base):
    """A problem by slug; `current_version_id` is what new submissions are judged by."""

    __tablename__ = "problem"

    id: Mapped[IntPk]
    slug: Mapped[Slug] = mapped_column(unique=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    current_version_id: Mapped[int | None] = mapped_column(
        ForeignKey("problem_version.id", use_alter=True, name="fk_problem_current_version_id")
    )
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[Instant]

    versions: Mapped[list["ProblemVersion"]] = relationship(
        back_populates="problem", foreign_keys="ProblemVersion.problem_id"
    )
    current_version: Mapped["ProblemVersion | None"] = relationship(foreign_keys=[current_version_id])


class ProblemVersion(Base):
    """A published package, never changed afterwards.

    `spec` is the validated manifest as JSON; `package_sha256` identifies the whole package.
    `files` maps the package's paths (`statement/zh.md`, `public/train.csv`,
    `hidden/reference/…`) to blob sha256 and size: {path: {"sha256": …, "size": …}}. `gpu_need` repeats
    what the spec says, so that a worker without GPUs can pass by what it cannot do.

    `is_higher_better` is the direction of the primary metric, null until a scorer first reported it.
    `generation` rises when the primary metric or its direction changes: scores before and after mean
    different things, and boards do not compare them.
    """

    __tablename__ = "problem_version"
    __table_args__ = (
        UniqueConstraint("problem_id", "version"),
        CheckConstraint(one_of("gpu_need", GpuNeed), name="gpu_need"),
    )

    id: Mapped[IntPk]
    problem_id: Mapped[int] = mapped_column(ForeignKey("problem.id"), index=True)
    version: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    gpu_need: Mapped[str] = mapped_column(String(10), default=GpuNeed.NONE, server_default=GpuNeed.NONE.value)
    is_higher_better: Mapped[bool | None]
    generation: Mapped[int] = mapped_column(default=0, server_default="0")
    spec: Mapped[Json]
    files: Mapped[Json]
    package_sha256: Mapped[Sha256]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    published_at: Mapped[Instant]

    problem: Mapped[Problem] = relationship(back_populates="versions", foreign_keys=[problem_id])
