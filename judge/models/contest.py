"""Contests, their phases, and which problems are set in them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from judge.db.base import Base, Instant, IntPk, Json, Slug, UtcDateTime
from judge.models.problem import Problem
from judge.models.words import ContestKind, Format, Ladder, Policy, one_of


class Contest(Base):
    """A timed event, or a lab. `names` and `summaries` map language to text.

    `format` says whether problems are ranked one by one, or what they add up to for the overall ranking.
    """

    __tablename__ = "contest"
    __table_args__ = (
        CheckConstraint(one_of("kind", ContestKind), name="kind"),
        CheckConstraint(one_of("format", Format), name="format"),
    )

    id: Mapped[IntPk]
    slug: Mapped[Slug] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(String(12))
    names: Mapped[Json]
    summaries: Mapped[Json]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    is_published: Mapped[bool] = mapped_column(default=False)
    format: Mapped[str] = mapped_column(
        String(10), default=Format.PROBLEMS, server_default=Format.PROBLEMS.value
    )
    is_open_entry: Mapped[bool] = mapped_column(default=True)  # a first submission enters the team
    created_at: Mapped[Instant]

    phases: Mapped[list["Phase"]] = relationship(back_populates="contest", order_by="Phase.position")
    problems: Mapped[list["ContestProblem"]] = relationship(
        back_populates="contest", order_by="ContestProblem.position"
    )


class Phase(Base):
    """An interval with its own quota. Null bounds are open; scores of `private` show after `reveal_at`.

    `policy` says which of a team's submissions counts; `selected` lets it choose `n_selected`. Contestants
    see the public board as of `freeze_at` until `thawed_at`. Nothing moves once `finalized_at` is set.
    The quota's day begins at `quota_renews_h` o'clock in `quota_zone`. Until `late_until` late submissions
    are taken: each started day costs `late_penalty_per_day` of the score, unless a grace day pays for it.
    """

    __tablename__ = "phase"
    __table_args__ = (
        UniqueConstraint("contest_id", "position"),
        CheckConstraint("starts_at IS NULL OR ends_at IS NULL OR starts_at < ends_at", name="interval"),
        CheckConstraint("quota_per_day IS NULL OR quota_per_day > 0", name="quota_per_day"),
        CheckConstraint("quota_total IS NULL OR quota_total > 0", name="quota_total"),
        CheckConstraint(one_of("policy", Policy), name="policy"),
        CheckConstraint("n_selected > 0", name="n_selected"),
        CheckConstraint(one_of("ladder", Ladder), name="ladder"),
        CheckConstraint("quota_renews_h BETWEEN 0 AND 23", name="quota_renews_h"),
        CheckConstraint(
            "quota_faults_per_day IS NULL OR quota_faults_per_day > 0", name="quota_faults_per_day"
        ),
        CheckConstraint("quota_concurrent IS NULL OR quota_concurrent > 0", name="quota_concurrent"),
        CheckConstraint("late_penalty_per_day BETWEEN 0 AND 1", name="late_penalty_per_day"),
        CheckConstraint("grace_days >= 0", name="grace_days"),
    )

    id: Mapped[IntPk]
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"), index=True)
    position: Mapped[int]
    names: Mapped[Json]
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reveal_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    quota_per_day: Mapped[int | None]
    quota_total: Mapped[int | None]
    policy: Mapped[str] = mapped_column(String(10), default=Policy.BEST, server_default=Policy.BEST.value)
    n_selected: Mapped[int] = mapped_column(default=2, server_default="2")
    freeze_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    thawed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finalized_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ladder: Mapped[str] = mapped_column(String(10), default=Ladder.OFF, server_default=Ladder.OFF.value)
    ladder_step: Mapped[float | None]
    quota_faults_per_day: Mapped[int | None]  # null: some times the quota, see `judge.services.quota`
    quota_concurrent: Mapped[int | None]
    quota_renews_h: Mapped[int] = mapped_column(default=0)
    quota_zone: Mapped[str] = mapped_column(String(60), default="UTC")
    late_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    late_penalty_per_day: Mapped[float] = mapped_column(default=0.0)
    grace_days: Mapped[int] = mapped_column(default=0)

    @property
    def closes_at(self) -> datetime | None:
        """Return when it takes no more submissions, late ones neither; None for never."""
        return self.late_until or self.ends_at

    contest: Mapped[Contest] = relationship(back_populates="phases")


class ContestProblem(Base):
    """A problem set in a contest, at a letter's position.

    Where problems are added up, scores from `zero_score` to `full_score` give up to `points`, in proportion.
    """

    __tablename__ = "contest_problem"
    __table_args__ = (
        UniqueConstraint("contest_id", "problem_id"),
        CheckConstraint("zero_score <> full_score", name="zero_score"),
        CheckConstraint("points > 0", name="points"),
    )

    id: Mapped[IntPk]
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"), index=True)
    problem_id: Mapped[int] = mapped_column(ForeignKey("problem.id"), index=True)
    position: Mapped[int]
    full_score: Mapped[float] = mapped_column(default=1.0, server_default="1")
    zero_score: Mapped[float] = mapped_column(default=0.0, server_default="0")
    points: Mapped[float] = mapped_column(default=100.0, server_default="100")

    contest: Mapped[Contest] = relationship(back_populates="problems")
    problem: Mapped[Problem] = relationship()
