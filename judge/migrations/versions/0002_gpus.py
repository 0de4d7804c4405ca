"""GPUs: what workers announce, who holds what, and which problem versions need them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JSON_COLUMN = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "gpu_device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.String(length=100), nullable=False),
        sa.Column("host", sa.String(length=100), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=200), nullable=False),
        sa.Column("memory_mib", sa.Integer(), nullable=False),
        sa.Column("is_mig", sa.Boolean(), nullable=False),
        sa.Column("baseline_mib", sa.Double(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("quarantined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("quarantine_reason", sa.String(length=500), nullable=False),
        sa.Column("release_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("memory_mib >= 0", name=op.f("ck_gpu_device_memory")),
        sa.CheckConstraint(
            "(quarantined_at IS NULL) = (quarantine_reason = '')", name=op.f("ck_gpu_device_quarantine")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gpu_device")),
        sa.UniqueConstraint("uuid", name=op.f("uq_gpu_device_uuid")),
    )
    op.create_table(
        "gpu_lease",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("judgement_id", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=100), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["gpu_device.id"], name=op.f("fk_gpu_lease_device_id")),
        sa.ForeignKeyConstraint(["judgement_id"], ["judgement.id"], name=op.f("fk_gpu_lease_judgement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gpu_lease")),
        sa.UniqueConstraint("device_id", name=op.f("uq_gpu_lease_device_id")),
    )
    op.create_index(op.f("ix_gpu_lease_judgement_id"), "gpu_lease", ["judgement_id"])
    op.add_column("worker_host", sa.Column("gpus", JSON_COLUMN, nullable=False, server_default="[]"))
    # Written out: SQLite would otherwise copy the table and drop it, which rows that name it forbid.
    op.execute(
        "ALTER TABLE problem_version ADD COLUMN gpu_need VARCHAR(10) DEFAULT 'none' NOT NULL "
        "CONSTRAINT ck_problem_version_gpu_need CHECK (gpu_need IN ('none', 'preferred', 'required'))"
    )


def downgrade() -> None:
    op.drop_column("problem_version", "gpu_need")  # and its CHECK with it
    op.drop_column("worker_host", "gpus")
    op.drop_index(op.f("ix_gpu_lease_judgement_id"), table_name="gpu_lease")
    op.drop_table("gpu_lease")
    op.drop_table("gpu_device")
