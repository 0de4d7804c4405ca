"""Migrations on both databases: up, down, up again, and equal to the models."""

import pytest

from judge.db import migrate
from judge.models import Base


@pytest.mark.parametrize("name", ["sqlite_settings", "postgres_settings"])
def test_migrations_match_the_models(name: str, request: pytest.FixtureRequest) -> None:
    settings = request.getfixturevalue(name)
    assert migrate.current(settings) is None
    migrate.upgrade(settings)
    assert migrate.current(settings) == migrate.newest()
    assert migrate.differences(settings, Base.metadata) == []
    migrate.upgrade(settings)
    migrate.downgrade(settings, "base")
    assert migrate.current(settings) is None
    migrate.upgrade(settings)
    assert migrate.differences(settings, Base.metadata) == []
