"""Declarative base and the column types every model shares."""

from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import JSON, DateTime, Dialect, MetaData, String, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC instants on both databases; SQLite itself forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive instants: they are how deadlines move by eight hours."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime given to the database")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware instant whatever the driver gave."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


JsonColumn = JSON().with_variant(JSONB(), "postgresql")

IntPk = Annotated[int, mapped_column(primary_key=True)]
Slug = Annotated[str, mapped_column(String(50))]
ShortText = Annotated[str, mapped_column(String(200))]
Sha256 = Annotated[str, mapped_column(String(64))]
Instant = Annotated[datetime, mapped_column(UtcDateTime)]
Json = Annotated[dict[str, Any], mapped_column(JsonColumn)]
JsonList = Annotated[list[Any], mapped_column(JsonColumn)]


class Base(DeclarativeBase):
    """Common metadata; the naming convention lets Alembic alter constraints on SQLite."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
