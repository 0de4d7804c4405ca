"""How many lines each board has."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "board_size",
        sa.Column("phase_id", sa.Integer(), nullable=False),
        sa.Column("problem_id", sa.Integer(), nullable=False),
        sa.Column("board", sa.String(length=10), nullable=False),
        sa.Column("track", sa.String(length=50), nullable=False),
        sa.Column("n_lines", sa.Integer(), nullable=False),
        sa.Column("n_ranked", sa.Integer(), nullable=False),
        sa.CheckConstraint("board IN ('public', 'private', 'frozen')", name=op.f("ck_board_size_board")),
        sa.ForeignKeyConstraint(["phase_id"], ["phase.id"], name=op.f("fk_board_size_phase_id_phase")),
        sa.PrimaryKeyConstraint("phase_id", "problem_id", "board", "track", name=op.f("pk_board_size")),
    )
    op.execute(
        "INSERT INTO board_size (phase_id, problem_id, board, track, n_lines, n_ranked) "
        "SELECT phase_id, problem_id, board, track, count(*), sum(CASE WHEN is_ranked THEN 1 ELSE 0 END) "
        "FROM leaderboard_entry GROUP BY phase_id, problem_id, board, track"
    )
    op.execute(
        "INSERT INTO board_size (phase_id, problem_id, board, track, n_lines, n_ranked) "
        "SELECT phase_id, 0, board, track, count(*), sum(CASE WHEN is_ranked THEN 1 ELSE 0 END) "
        "FROM standing GROUP BY phase_id, board, track"
    )


def downgrade() -> None:
    op.drop_table("board_size")
