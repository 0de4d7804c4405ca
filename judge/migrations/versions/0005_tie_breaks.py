"""What decides between equal scores on a leaderboard."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COLUMNS = ("tie_1", "tie_2", "tie_3")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("leaderboard_entry", sa.Column(name, sa.Double(), nullable=True))


def downgrade() -> None:
    for name in reversed(COLUMNS):
        op.drop_column("leaderboard_entry", name)
