"""Judging many submissions again, beside their old results, until somebody decides which ones stand."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from judge.db.base import Base, Instant, IntPk, Json, UtcDateTime
from judge.models.account import Account
from judge.models.contest import Contest
from judge.models.problem import ProblemVersion
from judge.models.words import RejudgingState, one_of


class Rejudging(Base):
    """A batch of new judgements of one contest's submissions.

    Each of them names this row (`Judgement.rejudging_id`) and the judgement it may replace
    (`Judgement.replaces_id`). `selection` is what was asked for; `skipped` says how many of it were left out
    and why; `outcome` how many results were taken over. `reasons` maps language to what contestants read.
    `problem_version_id` is null when each problem's current version was meant.
    """

    __tablename__ = "rejudging"
    __table_args__ = (
        CheckConstraint(one_of("state", RejudgingState), name="state"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_at"),
        Index("ix_rejudging_contest", "contest_id", "state"),
    )

    id: Mapped[IntPk]
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"))
    problem_version_id: Mapped[int | None] = mapped_column(ForeignKey("problem_version.id"))
    state: Mapped[str] = mapped_column(String(10), default=RejudgingState.OPEN)
    selection: Mapped[Json]
    skipped: Mapped[Json]
    outcome: Mapped[Json] = mapped_column(default=dict)
    reasons: Mapped[Json]
    n_selected: Mapped[int]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[Instant]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    contest: Mapped[Contest] = relationship()
    problem_version: Mapped[ProblemVersion | None] = relationship()
    created_by: Mapped[Account] = relationship(foreign_keys=[created_by_id])
    closed_by: Mapped[Account | None] = relationship(foreign_keys=[closed_by_id])
