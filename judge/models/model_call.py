"""What models were asked and answered: kept answers, and which judgement used which."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from judge.db.base import Base, Instant, IntPk, Json, Sha256


class ModelAnswer(Base):
    """One request that a gateway really answered. It is asked once: later judgements read it here.

    `key` is the SHA-256 of gateway, model and request. `request` holds hidden inputs: no contestant sees it.
    """

    __tablename__ = "model_answer"
    __table_args__ = (
        CheckConstraint("ending IN ('stop', 'length', 'refused')", name="ending"),
        Index("ix_model_answer_spent", "gateway", "created_at"),
    )

    id: Mapped[IntPk]
    key: Mapped[Sha256] = mapped_column(unique=True)
    gateway: Mapped[str] = mapped_column(String(50))
    model: Mapped[str] = mapped_column(String(200))
    request: Mapped[Json]
    text: Mapped[str] = mapped_column(Text)
    ending: Mapped[str] = mapped_column(String(10))
    prompt_tokens: Mapped[int]
    completion_tokens: Mapped[int]
    latency_s: Mapped[float]
    created_at: Mapped[Instant]


class ModelCall(Base):
    """One request of a judgement, in its order; `record` is the id of the hidden row."""

    __tablename__ = "model_call"
    __table_args__ = (UniqueConstraint("judgement_id", "position"),)

    id: Mapped[IntPk]
    judgement_id: Mapped[int] = mapped_column(ForeignKey("judgement.id"), index=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("model_answer.id"))
    position: Mapped[int]
    record: Mapped[str] = mapped_column(String(200))
    is_cached: Mapped[bool]

    answer: Mapped[ModelAnswer] = relationship()
