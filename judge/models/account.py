"""People and the tokens their scripts use."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from judge.db.base import Base, Instant, IntPk, Sha256, ShortText, UtcDateTime
from judge.models.words import Role, one_of


class Account(Base):
    """Somebody who can sign in. `username` is stored as typed; `username_key` is casefolded and unique."""

    __tablename__ = "account"
    __table_args__ = (CheckConstraint(one_of("role", Role), name="role"),)

    id: Mapped[IntPk]
    username: Mapped[str] = mapped_column(String(40))
    username_key: Mapped[str] = mapped_column(String(80), unique=True)
    email_key: Mapped[str | None] = mapped_column(String(254), unique=True)
    password_hash: Mapped[ShortText]
    role: Mapped[str] = mapped_column(String(12), default=Role.CONTESTANT)
    language: Mapped[str | None] = mapped_column(String(8))
    is_active: Mapped[bool] = mapped_column(default=True)
    session_epoch: Mapped[int] = mapped_column(default=0)  # raised on password change: ends sessions
    created_at: Mapped[Instant]

    tokens: Mapped[list["ApiToken"]] = relationship(back_populates="account")


class ApiToken(Base):
    """A bearer token. Only its SHA-256 is kept; the text is shown once."""

    __tablename__ = "api_token"

    id: Mapped[IntPk]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[ShortText]
    token_hash: Mapped[Sha256] = mapped_column(unique=True)
    prefix: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    account: Mapped[Account] = relationship(back_populates="tokens")
