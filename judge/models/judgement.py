"""Attempts to judge a submission: state, lease, verdict, metrics, cases, receipt."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from judge.db.base import Base, Instant, IntPk, Json, JsonList, UtcDateTime
from judge.models.problem import ProblemVersion
from judge.models.words import Priority, State, Verdict, one_of

if TYPE_CHECKING:
    from judge.models.rejudging import Rejudging
    from judge.models.submission import Submission


class Judgement(Base):
    """One attempt. Exactly one per submission is current.

    One of a rejudging becomes current when that is applied (`applied_at`); until then only who runs the
    contest knows of it. `replaces_id` is the judgement in whose place it comes.

    `fence` rises with every claim; a worker writes only while it still holds that number.
    `messages` is a list of {code, params}; texts come from the catalogue in the reader's language.
    `exhibits` holds `tables`, `plots` and `subtasks` as the scoring contract has them, and a plot's bytes by
    their `sha256`.
    `admin_detail` is for organizers. `receipt` records what made the result.
    """

    __tablename__ = "judgement"
    __table_args__ = (
        CheckConstraint(one_of("state", State), name="state"),
        CheckConstraint(one_of("verdict", Verdict), name="verdict_word"),
        CheckConstraint("(state = 'done') = (verdict IS NOT NULL)", name="verdict_when_done"),
        Index(
            "uq_judgement_current",
            "submission_id",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
        Index("ix_judgement_open", "state", "lease_expires_at"),
        Index("ix_judgement_queue", "state", "priority", "id"),
        Index("ix_judgement_rung", "priority", "rung_at"),
        Index("ix_judgement_rejudging_id", "rejudging_id", "id"),
    )

    id: Mapped[IntPk]
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), index=True)
    problem_version_id: Mapped[int] = mapped_column(ForeignKey("problem_version.id"))
    is_current: Mapped[bool] = mapped_column(default=True)
    priority: Mapped[int] = mapped_column(default=Priority.LIVE, server_default="0")
    rejudging_id: Mapped[int | None] = mapped_column(ForeignKey("rejudging.id"))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("judgement.id"), index=True)
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(12), default=State.QUEUED)
    verdict: Mapped[str | None] = mapped_column(String(4))

    fence: Mapped[int] = mapped_column(default=0)
    n_attempts: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str | None] = mapped_column(String(100))
    lease_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rung_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # last time the doorbell rang

    score: Mapped[float | None]  # primary metric, public split; null when not finite
    score_private: Mapped[float | None]
    released_score: Mapped[float | None]  # what contestants see of `score` in a phase with a ladder
    messages: Mapped[JsonList] = mapped_column(default=list)
    stdout: Mapped[str] = mapped_column(Text, default="")
    stderr: Mapped[str] = mapped_column(Text, default="")
    usage: Mapped[Json] = mapped_column(default=dict)
    receipt: Mapped[Json] = mapped_column(default=dict)
    exhibits: Mapped[Json] = mapped_column(default=dict)
    admin_detail: Mapped[str] = mapped_column(Text, default="")

    queued_at: Mapped[Instant]
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    submission: Mapped["Submission"] = relationship(back_populates="judgements", foreign_keys=[submission_id])
    problem_version: Mapped[ProblemVersion] = relationship()
    rejudging: Mapped["Rejudging | None"] = relationship()
    replaces: Mapped["Judgement | None"] = relationship(remote_side="Judgement.id")
    metrics: Mapped[list["Metric"]] = relationship(back_populates="judgement", order_by="Metric.id")
    runs: Mapped[list["Run"]] = relationship(back_populates="judgement", order_by="Run.position")


class Metric(Base):
    """One value of one metric on one split; null value means undefined, `reason` says why.

    `low`, `high` and `std_error` are its confidence interval; `no_interval` says why a value has none.
    """

    __tablename__ = "metric"
    __table_args__ = (UniqueConstraint("judgement_id", "key", "split"),)

    id: Mapped[IntPk]
    judgement_id: Mapped[int] = mapped_column(ForeignKey("judgement.id"), index=True)
    key: Mapped[str] = mapped_column(String(60))
    split: Mapped[str] = mapped_column(String(10))
    value: Mapped[float | None]
    higher_is_better: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(200), default="")
    low: Mapped[float | None]
    high: Mapped[float | None]
    std_error: Mapped[float | None]
    no_interval: Mapped[str] = mapped_column(String(30), default="")

    judgement: Mapped[Judgement] = relationship(back_populates="metrics")


class Replicates(Base):
    """Bootstrap replicates of the score on one split: float64, little-endian, NaN where undefined.

    The n-th goes with the same weights of hidden rows in every judgement by the same problem version.
    """

    __tablename__ = "replicates"
    __table_args__ = (UniqueConstraint("judgement_id", "split"),)

    id: Mapped[IntPk]
    judgement_id: Mapped[int] = mapped_column(ForeignKey("judgement.id"))
    split: Mapped[str] = mapped_column(String(10))
    content: Mapped[bytes]


class Run(Base):
    """One test case within a judgement."""

    __tablename__ = "run"
    __table_args__ = (UniqueConstraint("judgement_id", "position"),)

    id: Mapped[IntPk]
    judgement_id: Mapped[int] = mapped_column(ForeignKey("judgement.id"), index=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(100))
    subtask: Mapped[str] = mapped_column(String(50), default="")
    titles: Mapped[Json]
    split: Mapped[str] = mapped_column(String(10))
    verdict: Mapped[str] = mapped_column(String(4))
    score: Mapped[float]
    weight: Mapped[float]
    wall_time_s: Mapped[float] = mapped_column(default=0.0)
    message: Mapped[Json] = mapped_column(default=dict)

    judgement: Mapped[Judgement] = relationship(back_populates="runs")
