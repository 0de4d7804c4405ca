"""Brings a database to the present schema, and tells whether models and migrations agree."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData

from judge.db.session import Database
from judge.settings import Settings

SCRIPTS = Path(__file__).resolve().parent.parent / "migrations"
# Any constant will do, as long as nobody else in this database uses it.
_POSTGRES_LOCK = 7_263_548_120_461


def upgrade(settings: Settings, revision: str = "head") -> None:
    """Migrate to `revision`. Safe when several processes start at once.

    Args:
        settings: names the database.
        revision: an Alembic revision; the newest by default.
    """
    _run(settings, lambda config: command.upgrade(config, revision))


def downgrade(settings: Settings, revision: str) -> None:
    """Migrate back to `revision` (`base` for an empty database)."""
    _run(settings, lambda config: command.downgrade(config, revision))


def current(settings: Settings) -> str | None:
    """Return the database's revision; None when it was never migrated."""
    database = Database(settings)
    try:
        with database.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        database.dispose()


def newest() -> str | None:
    """Return the revision that this code wants."""
    return ScriptDirectory(str(SCRIPTS)).get_current_head()


def differences(settings: Settings, metadata: MetaData) -> list[str]:
    """List what autogenerate would still change; empty when models match the migrations.

    Args:
        settings: names a migrated database.
        metadata: of the models.
    """
    database = Database(settings)
    try:
        with database.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            return [repr(change) for change in compare_metadata(context, metadata)]
    finally:
        database.dispose()


def _run(settings: Settings, act: Callable[[Config], None]) -> None:
    database = Database(settings)
    try:
        with database.writing_engine.connect() as connection:
            _lock(connection)
            config = Config()
            config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
            config.attributes["connection"] = connection
            act(config)
            connection.commit()
    finally:
        database.dispose()


def _lock(connection: Connection) -> None:
    """Let one process migrate at a time; the lock ends with the transaction."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_POSTGRES_LOCK})")
