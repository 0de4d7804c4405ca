"""Migrations on both databases: up, down, up again, and equal to the models."""

from judge.db import migrate
from judge.models import Base
from judge.settings import Settings


def test_migrations_match_the_models(unmigrated_settings: Settings) -> None:
    settings = unmigrated_settings
    assert migrate.current(settings) is None
    migrate.upgrade(settings)
    assert migrate.current(settings) == migrate.newest()
    assert migrate.differences(settings, Base.metadata) == []
    migrate.upgrade(settings)
    migrate.downgrade(settings, "base")
    assert migrate.current(settings) is None
    migrate.upgrade(settings)
    assert migrate.differences(settings, Base.metadata) == []
