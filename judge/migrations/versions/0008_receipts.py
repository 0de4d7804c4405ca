"""Signed receipts and the keys to check them with."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "receipt_key",
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("public_key", sa.String(44), nullable=False),
        sa.Column("first_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_receipt_key")),
    )
    op.create_table(
        "signed_receipt",
        sa.Column("judgement_id", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["judgement_id"], ["judgement.id"], name=op.f("fk_signed_receipt_judgement_id")
        ),
        sa.ForeignKeyConstraint(["key_id"], ["receipt_key.key_id"], name=op.f("fk_signed_receipt_key_id")),
        sa.PrimaryKeyConstraint("judgement_id", name=op.f("pk_signed_receipt")),
    )


def downgrade() -> None:
    op.drop_table("signed_receipt")
    op.drop_table("receipt_key")
