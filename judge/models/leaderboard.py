"""The materialised leaderboard: one row per team, problem and phase."""

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from judge.db.base import Base, Instant, IntPk
from judge.models.submission import Submission
from judge.models.team import Team


class LeaderboardEntry(Base):
    """A team's best submission on the public split, and its best on the private one.

    `sort_key` is the score turned so that larger is better; null (undefined, NaN, infinite) never
    ranks above a number. `tie_1` to `tie_3` are the problem's tie-breaking metrics, turned the same way; null
    comes last. Order: sort_key desc nulls last, the ties likewise, submitted_at, submission_id.
    """

    __tablename__ = "leaderboard_entry"
    __table_args__ = (
        UniqueConstraint("phase_id", "problem_id", "team_id", "split"),
        Index(
            "ix_leaderboard_order",
            "phase_id",
            "problem_id",
            "split",
            "sort_key",
            "submitted_at",
            "submission_id",
        ),
    )

    id: Mapped[IntPk]
    phase_id: Mapped[int] = mapped_column(ForeignKey("phase.id"))
    problem_id: Mapped[int] = mapped_column(ForeignKey("problem.id"))
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), index=True)
    split: Mapped[str] = mapped_column(String(10))
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    judgement_id: Mapped[int] = mapped_column(ForeignKey("judgement.id"))
    score: Mapped[float | None]
    sort_key: Mapped[float | None]
    tie_1: Mapped[float | None]
    tie_2: Mapped[float | None]
    tie_3: Mapped[float | None]
    submitted_at: Mapped[Instant]
    n_submissions: Mapped[int] = mapped_column(default=1)

    team: Mapped[Team] = relationship()
    submission: Mapped[Submission] = relationship()
