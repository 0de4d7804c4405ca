"""What a team handed in. Immutable; everything that happens to it is a judgement."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from judge.db.base import Base, Instant, IntPk, Sha256
from judge.models.account import Account
from judge.models.contest import Phase
from judge.models.judgement import Judgement
from judge.models.problem import Problem
from judge.models.team import Team
from judge.models.words import Charge, one_of


class Submission(Base):
    """An upload by a team to a problem in a phase.

    `public_id` is the unguessable id in URLs. `charge` is what it counts against. `is_selected` marks the
    team's choice of final submissions. A smoke test is judged on the sample alone and never ranked.
    `late_days`, `grace_days` and `late_factor` are settled when it is handed in: see
    `judge.services.lateness`.
    """

    __tablename__ = "submission"
    __table_args__ = (
        CheckConstraint("size_bytes >= 0", name="size"),
        CheckConstraint("late_factor BETWEEN 0 AND 1", name="late_factor"),
        CheckConstraint(one_of("charge", Charge), name="charge"),
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
    is_selected: Mapped[bool] = mapped_column(default=False, server_default=false())
    charge: Mapped[str] = mapped_column(String(8), default=Charge.QUOTA)
    is_smoke: Mapped[bool] = mapped_column(default=False)
    late_days: Mapped[int] = mapped_column(default=0)  # after the phase's end, a started one counted whole
    grace_days: Mapped[int] = mapped_column(default=0)  # of these, paid for by grace days
    # what homework's points are multiplied by, 0 to 1
    late_factor: Mapped[float] = mapped_column(default=1.0, server_default="1")
    submitted_at: Mapped[Instant]

    @property
    def is_charged(self) -> bool:
        """Whether it counts against anything."""
        return self.charge != Charge.NONE

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
