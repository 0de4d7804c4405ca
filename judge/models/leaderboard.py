"""The materialised leaderboard: one row per team, problem and phase on each board and track."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from judge.db.base import Base, Instant, IntPk, Json, Slug
from judge.models.submission import Submission
from judge.models.team import Team
from judge.models.words import Board, one_of

OVERALL = ""  # the track everybody is in


class LeaderboardEntry(Base):
    """A team's submission that counts on one board.

    Ascending `order_key` is the ranking (see `scoring.order`); a submission without a real score has no row.
    `track` is the slug of one, or empty for the overall ranking. A baseline is not `is_ranked`. All of it
    follows from other tables, and is rebuilt from them by `judge.services.boards`.
    """

    __tablename__ = "leaderboard_entry"
    __table_args__ = (
        UniqueConstraint("phase_id", "problem_id", "team_id", "board", "track"),
        CheckConstraint(one_of("board", Board), name="board"),
        Index("ix_leaderboard_order", "phase_id", "problem_id", "board", "track", "order_key"),
        Index("ix_leaderboard_rank", "phase_id", "problem_id", "board", "track", "is_ranked", "order_key"),
    )

    id: Mapped[IntPk]
    phase_id: Mapped[int] = mapped_column(ForeignKey("phase.id"))
    problem_id: Mapped[int] = mapped_column(ForeignKey("problem.id"))
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), index=True)
    board: Mapped[str] = mapped_column(String(10))
    track: Mapped[Slug] = mapped_column(default=OVERALL)
    is_ranked: Mapped[bool] = mapped_column(default=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    judgement_id: Mapped[int] = mapped_column(ForeignKey("judgement.id"))
    score: Mapped[float]
    order_key: Mapped[bytes] = mapped_column(LargeBinary)
    submitted_at: Mapped[Instant]
    n_submissions: Mapped[int] = mapped_column(default=1)

    team: Mapped[Team] = relationship()
    submission: Mapped[Submission] = relationship()


class Standing(Base):
    """A team's line on one of a contest's overall boards, in a contest that adds its problems up.

    `total` is points, or the number of problems solved; `cells` maps problem ids to what each gave. The rest
    is as with `LeaderboardEntry`.
    """

    __tablename__ = "standing"
    __table_args__ = (
        UniqueConstraint("phase_id", "team_id", "board", "track"),
        CheckConstraint(one_of("board", Board), name="board"),
        Index("ix_standing_order", "phase_id", "board", "track", "order_key"),
        Index("ix_standing_rank", "phase_id", "board", "track", "is_ranked", "order_key"),
    )

    id: Mapped[IntPk]
    phase_id: Mapped[int] = mapped_column(ForeignKey("phase.id"))
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), index=True)
    board: Mapped[str] = mapped_column(String(10))
    track: Mapped[Slug] = mapped_column(default=OVERALL)
    is_ranked: Mapped[bool] = mapped_column(default=True)
    total: Mapped[float]
    penalty: Mapped[int] = mapped_column(default=0)
    cells: Mapped[Json] = mapped_column(default=dict)
    order_key: Mapped[bytes] = mapped_column(LargeBinary)
    decided_at: Mapped[Instant]

    team: Mapped[Team] = relationship()


class BoardSize(Base):
    """How many lines a board has, so that showing a page of it need not count them.

    Kept in the transaction that adds or removes a line; follows from the lines, as they do from other tables.
    `problem_id` is 0 for the overall boards. Without a row, a board is empty.
    """

    __tablename__ = "board_size"
    __table_args__ = (CheckConstraint(one_of("board", Board), name="board"),)

    phase_id: Mapped[int] = mapped_column(ForeignKey("phase.id"), primary_key=True)
    problem_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    board: Mapped[str] = mapped_column(String(10), primary_key=True)
    track: Mapped[Slug] = mapped_column(primary_key=True, default=OVERALL)
    n_lines: Mapped[int] = mapped_column(default=0)
    n_ranked: Mapped[int] = mapped_column(default=0)
