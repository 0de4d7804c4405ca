"""Teams: the unit that submits and is ranked. Every account has a solo team of its own."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from judge.db.base import Base, Instant, IntPk, Json, Slug, UtcDateTime
from judge.models.account import Account
from judge.models.words import EntryKind, one_of


class Team(Base):
    """One person (`solo_account_id` set) or more. `join_code` lets members in; None for solo teams."""

    __tablename__ = "team"

    id: Mapped[IntPk]
    name: Mapped[str] = mapped_column(String(60))
    name_key: Mapped[str] = mapped_column(String(120), unique=True)
    solo_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), unique=True)
    join_code: Mapped[str | None] = mapped_column(String(32), unique=True)
    created_at: Mapped[Instant]

    members: Mapped[list["TeamMember"]] = relationship(back_populates="team")


class TeamMember(Base):
    """An account's place in a team; the captain made it."""

    __tablename__ = "team_member"
    __table_args__ = (UniqueConstraint("team_id", "account_id"),)

    id: Mapped[IntPk]
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    is_captain: Mapped[bool] = mapped_column(default=False)
    joined_at: Mapped[Instant]

    team: Mapped[Team] = relationship(back_populates="members")
    account: Mapped[Account] = relationship()


class Entry(Base):
    """A team's registration in a contest. One account enters a contest through one team only.

    A disqualified or withdrawn one is on no board; a baseline is shown there without a rank.
    """

    __tablename__ = "entry"
    __table_args__ = (
        UniqueConstraint("contest_id", "team_id"),
        CheckConstraint(one_of("kind", EntryKind), name="kind"),
    )

    id: Mapped[IntPk]
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"), index=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), index=True)
    entered_at: Mapped[Instant]
    disqualified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(10), default=EntryKind.TEAM, server_default=EntryKind.TEAM.value)

    team: Mapped[Team] = relationship()


class EntryMember(Base):
    """Makes «one account, one team per contest» a constraint instead of a hope."""

    __tablename__ = "entry_member"
    __table_args__ = (
        UniqueConstraint("contest_id", "account_id"),
        Index("ix_entry_member_entry_id", "entry_id"),
    )

    id: Mapped[IntPk]
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"))


class Track(Base):
    """A parallel ranking within a contest, of the entries in it. Everybody is in the overall one."""

    __tablename__ = "track"
    __table_args__ = (UniqueConstraint("contest_id", "slug"),)

    id: Mapped[IntPk]
    contest_id: Mapped[int] = mapped_column(ForeignKey("contest.id"), index=True)
    slug: Mapped[Slug]
    names: Mapped[Json]
    eligibility: Mapped[Json] = mapped_column(default=dict)  # who may be in it, in words: language to text


class TrackEntry(Base):
    """An entry's place in a track."""

    __tablename__ = "track_entry"
    __table_args__ = (UniqueConstraint("entry_id", "track_id"),)

    id: Mapped[IntPk]
    track_id: Mapped[int] = mapped_column(ForeignKey("track.id"), index=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"))
