"""Boards ordered by one key, tracks, baselines, policies, freezing, and the direction of versions."""

import struct
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

JSON_COLUMN = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)
TIES = ("tie_1", "tie_2", "tie_3")
PLACE = ["phase_id", "problem_id", "team_id"]
ORDER = ["phase_id", "problem_id", "board", "track"]
# Written out: SQLite would otherwise copy the tables and drop them, which rows that name them forbid.
COLUMNS = (
    ("phase", "policy", "VARCHAR(10) DEFAULT 'best' NOT NULL", "policy IN ('best', 'last', 'selected')"),
    ("phase", "n_selected", "INTEGER DEFAULT 2 NOT NULL", "n_selected > 0"),
    ("entry", "kind", "VARCHAR(10) DEFAULT 'team' NOT NULL", "kind IN ('team', 'baseline')"),
    ("submission", "late_factor", "{double} DEFAULT 1 NOT NULL", "late_factor BETWEEN 0 AND 1"),
)
INSTANTS = (
    ("phase", "freeze_at"),
    ("phase", "thawed_at"),
    ("phase", "finalized_at"),
    ("entry", "withdrawn_at"),
)

version = sa.table(
    "problem_version",
    sa.column("id"),
    sa.column("problem_id"),
    sa.column("spec", JSON_COLUMN),
    sa.column("is_higher_better", sa.Boolean),
    sa.column("generation"),
)
judgement = sa.table("judgement", sa.column("id"), sa.column("problem_version_id"))
metric = sa.table(
    "metric", sa.column("judgement_id"), sa.column("key"), sa.column("higher_is_better", sa.Boolean)
)
entry = sa.table(
    "leaderboard_entry",
    sa.column("id"),
    sa.column("judgement_id"),
    sa.column("submission_id"),
    sa.column("submitted_at", INSTANT),
    sa.column("board"),
    sa.column("score", sa.Double),
    sa.column("sort_key", sa.Double),
    *(sa.column(name, sa.Double) for name in TIES),
    sa.column("order_key", sa.LargeBinary),
)


def upgrade() -> None:
    double = "DOUBLE PRECISION" if op.get_bind().dialect.name == "postgresql" else "DOUBLE"
    for table, name, kind, check in COLUMNS:
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN {name} {kind.format(double=double)} "
            f"CONSTRAINT ck_{table}_{name} CHECK ({check})"
        )
    for table, name in INSTANTS:
        op.add_column(table, sa.Column(name, INSTANT, nullable=True))
    op.add_column(
        "submission", sa.Column("is_selected", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("problem_version", sa.Column("is_higher_better", sa.Boolean(), nullable=True))
    op.add_column(
        "problem_version", sa.Column("generation", sa.Integer(), nullable=False, server_default="0")
    )
    _create_tracks()
    _fill_versions()
    _change_entries()


def _create_tracks() -> None:
    op.create_table(
        "track",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contest_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=50), nullable=False),
        sa.Column("names", JSON_COLUMN, nullable=False),
        sa.Column("eligibility", JSON_COLUMN, nullable=False),
        sa.ForeignKeyConstraint(["contest_id"], ["contest.id"], name=op.f("fk_track_contest_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_track")),
        sa.UniqueConstraint("contest_id", "slug", name=op.f("uq_track_contest_id_slug")),
    )
    op.create_index(op.f("ix_track_contest_id"), "track", ["contest_id"])
    op.create_table(
        "track_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("track_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_track_entry_entry_id")),
        sa.ForeignKeyConstraint(["track_id"], ["track.id"], name=op.f("fk_track_entry_track_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_track_entry")),
        sa.UniqueConstraint("entry_id", "track_id", name=op.f("uq_track_entry_entry_id_track_id")),
    )
    op.create_index(op.f("ix_track_entry_track_id"), "track_entry", ["track_id"])


def _fill_versions() -> None:
    """Take each version's direction from what its scorer reported, and count the changes of the metric."""
    bind = op.get_bind()
    last: dict[int, tuple[str, bool | None, int]] = {}
    for row in bind.execute(sa.select(version).order_by(version.c.id)).all():
        primary = row.spec["scoring"]["primary"]
        direction = bind.scalar(
            sa.select(metric.c.higher_is_better)
            .join(judgement, judgement.c.id == metric.c.judgement_id)
            .where(judgement.c.problem_version_id == row.id, metric.c.key == primary)
            .limit(1)
        )
        was_primary, was_direction, generation = last.get(row.problem_id, (primary, direction, 0))
        is_turned = None not in (was_direction, direction) and was_direction != direction
        if was_primary != primary or is_turned:
            generation += 1
        known = was_direction if direction is None and was_primary == primary else direction
        last[row.problem_id] = (primary, known, generation)
        bind.execute(
            sa.update(version)
            .where(version.c.id == row.id)
            .values(is_higher_better=direction, generation=generation)
        )


def _change_entries() -> None:
    with op.batch_alter_table("leaderboard_entry") as batch:
        batch.drop_index("ix_leaderboard_order")
        batch.drop_constraint("uq_leaderboard_entry_phase_id_problem_id_team_id_split", type_="unique")
        batch.alter_column("split", new_column_name="board", existing_type=sa.String(length=10))
        batch.add_column(sa.Column("track", sa.String(length=50), nullable=False, server_default=""))
        batch.add_column(sa.Column("is_ranked", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch.add_column(sa.Column("order_key", sa.LargeBinary(), nullable=True))
    op.execute("DELETE FROM leaderboard_entry WHERE score IS NULL OR sort_key IS NULL")
    _write_keys()
    with op.batch_alter_table("leaderboard_entry") as batch:
        for name in ("sort_key", *TIES):
            batch.drop_column(name)
        batch.alter_column("track", server_default=None, existing_type=sa.String(length=50))
        batch.alter_column("is_ranked", server_default=None, existing_type=sa.Boolean())
        batch.alter_column("order_key", nullable=False, existing_type=sa.LargeBinary())
        batch.alter_column("score", nullable=False, existing_type=sa.Double())
        batch.create_unique_constraint(
            op.f("uq_leaderboard_entry_phase_id_problem_id_team_id_board_track"), [*PLACE, "board", "track"]
        )
        batch.create_check_constraint(
            op.f("ck_leaderboard_entry_board"), "board IN ('public', 'frozen', 'private')"
        )
        batch.create_index("ix_leaderboard_order", [*ORDER, "order_key"])
        batch.create_index("ix_leaderboard_rank", [*ORDER, "is_ranked", "order_key"])


def _write_keys() -> None:
    bind = op.get_bind()
    rows = bind.execute(
        sa.select(entry, version.c.generation)
        .join(judgement, judgement.c.id == entry.c.judgement_id)
        .join(version, version.c.id == judgement.c.problem_version_id)
    ).all()
    for row in rows:
        numbers = (row.sort_key, *(getattr(row, name) for name in TIES))
        bind.execute(sa.update(entry).where(entry.c.id == row.id).values(order_key=_key(row, numbers)))


def _key(row: Any, numbers: tuple[float | None, ...]) -> bytes:
    at = row.submitted_at if row.submitted_at.tzinfo else row.submitted_at.replace(tzinfo=UTC)
    passed = at - datetime(1970, 1, 1, tzinfo=UTC)
    instant = (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds + 2**63
    codes = [_code(number) for number in numbers]
    return struct.pack(">I6Q", 2**32 - 1 - row.generation, *codes, instant, row.submission_id)


def _code(number: float | None) -> int:
    """Return 64 bits that ascend from the largest number to the smallest, and to none at all."""
    if number is None:
        return 2**64 - 1
    bits: int = struct.unpack(">Q", struct.pack(">d", -number + 0.0))[0]
    return bits ^ (2**64 - 1 if bits & 2**63 else 2**63)


def downgrade() -> None:
    """Leave the boards empty: the next settled judgement of a team writes its line again."""
    op.execute("DELETE FROM leaderboard_entry")
    with op.batch_alter_table("leaderboard_entry") as batch:
        batch.drop_index("ix_leaderboard_rank")
        batch.drop_index("ix_leaderboard_order")
        batch.drop_constraint(op.f("ck_leaderboard_entry_board"), type_="check")
        batch.drop_constraint(
            op.f("uq_leaderboard_entry_phase_id_problem_id_team_id_board_track"), type_="unique"
        )
        for name in ("order_key", "is_ranked", "track"):
            batch.drop_column(name)
        batch.alter_column("board", new_column_name="split", existing_type=sa.String(length=10))
        batch.alter_column("score", nullable=True, existing_type=sa.Double())
        for name in ("sort_key", *TIES):
            batch.add_column(sa.Column(name, sa.Double(), nullable=True))
    with op.batch_alter_table("leaderboard_entry") as batch:
        batch.create_unique_constraint(
            op.f("uq_leaderboard_entry_phase_id_problem_id_team_id_split"), [*PLACE, "split"]
        )
        batch.create_index(
            "ix_leaderboard_order",
            ["phase_id", "problem_id", "split", "sort_key", "submitted_at", "submission_id"],
        )
    op.drop_table("track_entry")
    op.drop_table("track")
    op.drop_column("problem_version", "generation")
    op.drop_column("problem_version", "is_higher_better")
    op.drop_column("submission", "is_selected")
    for table, name in reversed(INSTANTS):
        op.drop_column(table, name)
    for table, name, _, _ in reversed(COLUMNS):
        op.drop_column(table, name)  # and its CHECK with it
