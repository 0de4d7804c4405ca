"""The portal without a browser: one application on one database, spoken to in process."""

from collections.abc import Iterator

import pytest
from apiflask import APIFlask

from judge import runtime as runtimes
from judge.runtime import Runtime
from judge.settings import Settings
from web.app import create_app


@pytest.fixture
def runtime(sqlite_settings: Settings) -> Iterator[Runtime]:
    """Return the open parts of an empty judge; what pages show does not depend on the database."""
    built = runtimes.build(sqlite_settings)
    yield built
    built.close()


@pytest.fixture
def app(runtime: Runtime) -> APIFlask:
    """Return the portal's application."""
    return create_app(runtime)
