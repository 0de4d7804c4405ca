"""Instants in forms: what is typed means UTC, and says so."""

from datetime import UTC, datetime


def as_utc(typed: datetime | None) -> datetime | None:
    """Return what was typed as an instant."""
    return typed.replace(tzinfo=UTC) if typed else None
