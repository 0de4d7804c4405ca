"""Formats of contests, and the overall boards of those that add their problems up."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

JSON_COLUMN = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
FORMATS = "format IN ('problems', 'sum', 'icpc', 'ioi', 'homework')"
# Written out: SQLite would otherwise copy the tables and drop them, which rows that name them forbid.
COLUMNS = (
    ("contest", "format", "VARCHAR(10) DEFAULT 'problems' NOT NULL", FORMATS),
    ("contest_problem", "full_score", "{double} DEFAULT 1 NOT NULL", ""),
    ("contest_problem", "zero_score", "{double} DEFAULT 0 NOT NULL", "zero_score <> full_score"),
    ("contest_problem", "points", "{double} DEFAULT 100 NOT NULL", "points > 0"),
)


def upgrade() -> None:
    double = "DOUBLE PRECISION" if op.get_bind().dialect.name == "postgresql" else "DOUBLE"
    for table, name, kind, check in COLUMNS:
        said = f" CONSTRAINT ck_{table}_{name} CHECK ({check})" if check else ""
        op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind.format(double=double)}{said}")
    op.create_table(
        "standing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("phase_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("board", sa.String(length=10), nullable=False),
        sa.Column("track", sa.String(length=50), nullable=False),
        sa.Column("is_ranked", sa.Boolean(), nullable=False),
        sa.Column("total", sa.Double(), nullable=False),
        sa.Column("penalty", sa.Integer(), nullable=False),
        sa.Column("cells", JSON_COLUMN, nullable=False),
        sa.Column("order_key", sa.LargeBinary(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("board IN ('public', 'frozen', 'private')", name=op.f("ck_standing_board")),
        sa.ForeignKeyConstraint(["phase_id"], ["phase.id"], name=op.f("fk_standing_phase_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_standing_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing")),
        sa.UniqueConstraint(
            "phase_id", "team_id", "board", "track", name=op.f("uq_standing_phase_id_team_id_board_track")
        ),
    )
    op.create_index(op.f("ix_standing_team_id"), "standing", ["team_id"])
    op.create_index("ix_standing_order", "standing", ["phase_id", "board", "track", "order_key"])
    op.create_index("ix_standing_rank", "standing", ["phase_id", "board", "track", "is_ranked", "order_key"])


def downgrade() -> None:
    op.drop_table("standing")
    for table, name, _, _ in reversed(COLUMNS):
        op.drop_column(table, name)  # and its CHECK with it: `zero_score` before what it is compared with
