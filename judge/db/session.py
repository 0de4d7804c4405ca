"""Engine and transactions: the one place that opens them.

Writing and reading are told apart because SQLite needs it: a transaction that will write takes the
write lock at its first statement (`BEGIN IMMEDIATE`), so that what it read cannot change before it
writes, and waits its turn instead of failing half-way. PostgreSQL needs no such help; there the
services lock the rows that decide (see `judge.services.intake`).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

from judge.errors import ConfigurationError
from judge.settings import Settings

__all__ = ["Database", "Session"]

BUSY_TIMEOUT_S = 30.0
_BEGIN_OPTION = "judge_sqlite_begin"


class Database:
    """Sessions over one engine. Thread-safe; one per process.

    Args:
        settings: gives the URL.

    Raises:
        ConfigurationError: the URL names a database other than SQLite or PostgreSQL.
    """

    def __init__(self, settings: Settings) -> None:
        self.engine = _make_engine(settings.effective_database_url, n_threads=settings.web_threads)
        # The same pool and connections; only how a transaction begins differs.
        self.writing_engine = self.engine.execution_options(**{_BEGIN_OPTION: "IMMEDIATE"})
        self._write = sessionmaker(self.writing_engine, expire_on_commit=False)
        self._read = sessionmaker(self.engine, expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        """Whether one file holds everything."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open a writing transaction: commit on return, roll back on raise."""
        with self._write.begin() as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a reading transaction; nothing is kept."""
        with self._read() as session:
            yield session

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _make_engine(url: str, *, n_threads: int) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(
            parsed,
            pool_size=8,
            max_overflow=n_threads,
            connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.get_backend_name() == "postgresql":
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        return create_engine(parsed, pool_size=8, max_overflow=min(n_threads, 24), pool_pre_ping=True)
    raise ConfigurationError(
        "JUDGE_DATABASE_URL names {backend}; only sqlite and postgresql are supported.",
        params={"backend": parsed.get_backend_name()},
    )


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, below
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # an accepted submission survives a power cut
        "foreign_keys=ON",
        f"busy_timeout={int(BUSY_TIMEOUT_S * 1000)}",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    kind = connection.get_execution_options().get(_BEGIN_OPTION, "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {kind}")
