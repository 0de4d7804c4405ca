"""Confidence intervals and replicates of scores, the ladder of a phase, and how alike predictions are."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BOUNDS = ("low", "high", "std_error")


def upgrade() -> None:
    for name in BOUNDS:
        op.add_column("metric", sa.Column(name, sa.Double(), nullable=True))
    op.add_column("metric", sa.Column("no_interval", sa.String(30), nullable=False, server_default=""))
    op.create_table(
        "replicates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("judgement_id", sa.Integer(), nullable=False),
        sa.Column("split", sa.String(10), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["judgement_id"], ["judgement.id"], name=op.f("fk_replicates_judgement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replicates")),
        sa.UniqueConstraint("judgement_id", "split", name=op.f("uq_replicates_judgement_id_split")),
    )
    op.add_column("judgement", sa.Column("released_score", sa.Double(), nullable=True))
    # Written out: SQLite would otherwise copy the table and drop it, which rows that name it forbid.
    op.execute(
        "ALTER TABLE phase ADD COLUMN ladder VARCHAR(10) DEFAULT 'off' NOT NULL "
        "CONSTRAINT ck_phase_ladder CHECK (ladder IN ('off', 'step', 'free'))"
    )
    op.add_column("phase", sa.Column("ladder_step", sa.Double(), nullable=True))
    _create_sketches()


def _create_sketches() -> None:
    op.create_table(
        "sketch",
        sa.Column("judgement_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["judgement_id"], ["judgement.id"], name=op.f("fk_sketch_judgement_id")),
        sa.PrimaryKeyConstraint("judgement_id", name=op.f("pk_sketch")),
    )
    op.create_table(
        "sketch_band",
        sa.Column("judgement_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("problem_version_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["judgement_id"], ["judgement.id"], name=op.f("fk_sketch_band_judgement_id")),
        sa.ForeignKeyConstraint(
            ["problem_version_id"], ["problem_version.id"], name=op.f("fk_sketch_band_problem_version_id")
        ),
        sa.PrimaryKeyConstraint("judgement_id", "number", name=op.f("pk_sketch_band")),
    )
    op.create_index(
        "ix_sketch_band_same", "sketch_band", ["problem_version_id", "number", "digest", "judgement_id"]
    )
    op.create_table(
        "resemblance",
        sa.Column("judgement_id", sa.Integer(), nullable=False),
        sa.Column("earlier_id", sa.Integer(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("is_same_team", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["judgement_id"], ["judgement.id"], name=op.f("fk_resemblance_judgement_id")),
        sa.ForeignKeyConstraint(["earlier_id"], ["judgement.id"], name=op.f("fk_resemblance_earlier_id")),
        sa.PrimaryKeyConstraint("judgement_id", "earlier_id", name=op.f("pk_resemblance")),
    )
    op.create_index(op.f("ix_resemblance_earlier_id"), "resemblance", ["earlier_id"])


def downgrade() -> None:
    for table in ("resemblance", "sketch_band", "sketch"):
        op.drop_table(table)
    op.drop_column("phase", "ladder_step")
    op.drop_column("phase", "ladder")
    op.drop_column("judgement", "released_score")
    op.drop_table("replicates")
    for name in ("no_interval", *reversed(BOUNDS)):
        op.drop_column("metric", name)
