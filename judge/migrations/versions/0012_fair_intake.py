"""What a submission counts against, smoke tests, late submissions; quotas by zone, of faults, at one time."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
# Written out: SQLite would otherwise copy the tables and drop them, which rows that name them forbid.
CHECKED = {
    "phase": (
        "quota_renews_h INTEGER DEFAULT 0 NOT NULL CONSTRAINT ck_phase_quota_renews_h "
        "CHECK (quota_renews_h BETWEEN 0 AND 23)",
        "quota_faults_per_day INTEGER CONSTRAINT ck_phase_quota_faults_per_day "
        "CHECK (quota_faults_per_day IS NULL OR quota_faults_per_day > 0)",
        "quota_concurrent INTEGER CONSTRAINT ck_phase_quota_concurrent "
        "CHECK (quota_concurrent IS NULL OR quota_concurrent > 0)",
        "late_penalty_per_day {double} DEFAULT 0 NOT NULL CONSTRAINT ck_phase_late_penalty_per_day "
        "CHECK (late_penalty_per_day BETWEEN 0 AND 1)",
        "grace_days INTEGER DEFAULT 0 NOT NULL CONSTRAINT ck_phase_grace_days CHECK (grace_days >= 0)",
    ),
    "submission": (
        "charge VARCHAR(8) DEFAULT 'quota' NOT NULL CONSTRAINT ck_submission_charge "
        "CHECK (charge IN ('quota', 'fault', 'none'))",
    ),
}


def upgrade() -> None:
    double = sa.Double().compile(dialect=op.get_bind().dialect)
    for table, columns in CHECKED.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ADD COLUMN {column.format(double=double)}")
    op.add_column("phase", sa.Column("quota_zone", sa.String(60), nullable=False, server_default="UTC"))
    op.add_column("phase", sa.Column("late_until", INSTANT, nullable=True))
    op.add_column(
        "submission", sa.Column("is_smoke", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("submission", sa.Column("late_days", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("submission", sa.Column("grace_days", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE submission SET charge = 'none' WHERE NOT is_charged")
    op.drop_column("submission", "is_charged")


def downgrade() -> None:
    op.add_column(
        "submission", sa.Column("is_charged", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.execute("UPDATE submission SET is_charged = (charge != 'none')")
    for name in ("grace_days", "late_days", "is_smoke", "charge"):
        op.drop_column("submission", name)
    for name in (
        "late_until",
        "quota_zone",
        "grace_days",
        "late_penalty_per_day",
        "quota_concurrent",
        "quota_faults_per_day",
        "quota_renews_h",
    ):
        op.drop_column("phase", name)
