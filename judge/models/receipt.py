"""Signed receipts, as they were signed, and the public keys they can be checked with."""

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from judge.db.base import Base, Instant
from judge.models.judgement import Judgement


class ReceiptKey(Base):
    """The public half of a key that a worker signed with. Never removed: old receipts stay checkable."""

    __tablename__ = "receipt_key"

    key_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    public_key: Mapped[str] = mapped_column(String(44))
    first_used_at: Mapped[Instant]


class SignedReceipt(Base):
    """A judgement's receipt with all its parts opened, as text: its bytes are what was signed.

    What of it a viewer may have is decided when it is given out.
    """

    __tablename__ = "signed_receipt"

    judgement_id: Mapped[int] = mapped_column(ForeignKey("judgement.id"), primary_key=True)
    key_id: Mapped[str] = mapped_column(ForeignKey("receipt_key.key_id"))
    document: Mapped[str] = mapped_column(Text)

    judgement: Mapped[Judgement] = relationship()
