"""Rejudgings: new judgements beside the old ones, begun after live ones."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

JSON_COLUMN = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)
REFERENCES = (("rejudging_id", "rejudging"), ("replaces_id", "judgement"))


def upgrade() -> None:
    op.create_table(
        "rejudging",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contest_id", sa.Integer(), nullable=False),
        sa.Column("problem_version_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("selection", JSON_COLUMN, nullable=False),
        sa.Column("skipped", JSON_COLUMN, nullable=False),
        sa.Column("outcome", JSON_COLUMN, nullable=False),
        sa.Column("reasons", JSON_COLUMN, nullable=False),
        sa.Column("n_selected", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.CheckConstraint("state IN ('open', 'applied', 'discarded')", name=op.f("ck_rejudging_state")),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name=op.f("ck_rejudging_closed_at")),
        sa.ForeignKeyConstraint(["contest_id"], ["contest.id"], name=op.f("fk_rejudging_contest_id")),
        sa.ForeignKeyConstraint(
            ["problem_version_id"], ["problem_version.id"], name=op.f("fk_rejudging_problem_version_id")
        ),
        sa.ForeignKeyConstraint(["created_by_id"], ["account.id"], name=op.f("fk_rejudging_created_by_id")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["account.id"], name=op.f("fk_rejudging_closed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejudging")),
    )
    op.create_index("ix_rejudging_contest", "rejudging", ["contest_id", "state"])
    op.add_column("judgement", sa.Column("priority", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("judgement", sa.Column("applied_at", INSTANT, nullable=True))
    # In words of its own: SQLite would rebuild the table for a foreign key, which others refer to.
    for column, other in REFERENCES:
        key = f"CONSTRAINT fk_judgement_{column} REFERENCES {other} (id)"
        op.execute(f"ALTER TABLE judgement ADD COLUMN {column} INTEGER {key}")
    op.create_index("ix_judgement_queue", "judgement", ["state", "priority", "id"])
    op.create_index("ix_judgement_rung", "judgement", ["priority", "rung_at"])
    op.create_index("ix_judgement_rejudging_id", "judgement", ["rejudging_id", "id"])
    op.create_index("ix_judgement_replaces_id", "judgement", ["replaces_id"])


def downgrade() -> None:
    for name in ("replaces_id", "rejudging_id", "rung", "queue"):
        op.drop_index(f"ix_judgement_{name}", "judgement")
    for name in ("rejudging_id", "replaces_id", "applied_at", "priority"):
        op.drop_column("judgement", name)
    op.drop_index("ix_rejudging_contest", "rejudging")
    op.drop_table("rejudging")
