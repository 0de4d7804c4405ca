"""What a team handed in. Immutable; everything that happens to it is a judgement."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from judge.db.base import Base, Instant, IntPk, Sha256
from judge.models.account import Account
from judge.models.contest import Phase
from judge.models.judgement import Judgement
from judge.models.problem import Problem
from judge.models.team import Team


class Submission(Base):
    """An upload by a team to a problem in a phase.

    `public_id` is the unguessable id in URLs. `is_charged` is False once an infrastructure or
    scorer fault gave the quota back. `is_selected` marks the team's choice of final submissions;
    `late_factor` is what homework's late policy leaves of its points, 0 to 1.
    """

    __tablename__ = "submission"
    __table_args__ = (
        CheckConstraint("size_bytes >= 0", name="size"),
        CheckConstraint("late_factor BETWEEN 0 AND 1", name="late_factor"),
        Index("ix_submission_quota", "phase_id", "problem_id", "team_id", "submitted_at"),
        Index("ix_submission_team_recent", "team_id", "id"),
    )

    id: Mapped[IntPk]
    public_id: Mapped[str] = mapped_column(String(26), unique=True)
    phase_id: Mapped[int] = mapped_column(ForeignKey("phase.id"))
    problem_id: Mapped[int] = mapped_column(ForeignKey("problem.id"), index=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    filename: Mapped[str] = mapped_column(String(200))
    format: Mapped[str] = mapped_column(String(20))
    blob_sha256: Mapped[Sha256]
    size_bytes: Mapped[int]
    note: Mapped[str] = mapped_column(String(200), default="")
    is_charged: Mapped[bool] = mapped_column(default=True)
    is_selected: Mapped[bool] = mapped_column(default=False, server_default=false())
    late_factor: Mapped[float] = mapped_column(default=1.0, server_default="1")
    submitted_at: Mapped[Instant]

    phase: Mapped[Phase] = relationship()
    problem: Mapped[Problem] = relationship()
    team: Mapped[Team] = relationship()
    account: Mapped[Account] = relationship()
    judgements: Mapped[list[Judgement]] = relationship(
        back_populates="submission", order_by="Judgement.id", foreign_keys="Judgement.submission_id"
    )


class IdempotencyKey(Base):
    """Remembers which submission a client's key made, so that a retried upload is not a second one."""

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("account_id", "key"),)

    id: Mapped[IntPk]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    key: Mapped[str] = mapped_column(String(100))
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), index=True)
    created_at: Mapped[Instant]

    submission: Mapped[Submission] = relationship()
