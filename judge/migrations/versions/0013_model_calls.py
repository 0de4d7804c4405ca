"""What models were asked and answered, and which judgement used which answer."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

JSON_COLUMN = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "model_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("gateway", sa.String(length=50), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("request", JSON_COLUMN, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("ending", sa.String(length=10), nullable=False),
        sa.Column("prompt_tokens", sa.Integer(), nullable=False),
        sa.Column("completion_tokens", sa.Integer(), nullable=False),
        sa.Column("latency_s", sa.Double(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ending IN ('stop', 'length', 'refused')", name=op.f("ck_model_answer_ending")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_answer")),
        sa.UniqueConstraint("key", name=op.f("uq_model_answer_key")),
    )
    op.create_index("ix_model_answer_spent", "model_answer", ["gateway", "created_at"])
    op.create_table(
        "model_call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("judgement_id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("record", sa.String(length=200), nullable=False),
        sa.Column("is_cached", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["model_answer.id"], name=op.f("fk_model_call_answer_id_model_answer")
        ),
        sa.ForeignKeyConstraint(
            ["judgement_id"], ["judgement.id"], name=op.f("fk_model_call_judgement_id_judgement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_call")),
        sa.UniqueConstraint("judgement_id", "position", name=op.f("uq_model_call_judgement_id_position")),
    )
    op.create_index(op.f("ix_model_call_judgement_id"), "model_call", ["judgement_id"])


def downgrade() -> None:
    op.drop_table("model_call")
    op.drop_table("model_answer")
