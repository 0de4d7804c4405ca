"""How alike the predictions of two submissions are: what probing a hidden set leaves behind."""

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from judge.db.base import Base
from judge.models.judgement import Judgement


class Sketch(Base):
    """Digests of a sample of the predicted rows, one byte a row: see `scoring.sketch`."""

    __tablename__ = "sketch"

    judgement_id: Mapped[int] = mapped_column(ForeignKey("judgement.id"), primary_key=True)
    content: Mapped[bytes]


class SketchBand(Base):
    """A digest of a stretch of a sketch: predictions that share one are worth comparing."""

    __tablename__ = "sketch_band"
    __table_args__ = (Index("ix_sketch_band_same", "problem_version_id", "number", "digest", "judgement_id"),)

    judgement_id: Mapped[int] = mapped_column(ForeignKey("judgement.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    problem_version_id: Mapped[int] = mapped_column(ForeignKey("problem_version.id"))
    digest: Mapped[int] = mapped_column(BigInteger)


class Resemblance(Base):
    """That a judgement's predictions are nearly those of an earlier one; `share` of rows are equal."""

    __tablename__ = "resemblance"

    judgement_id: Mapped[int] = mapped_column(ForeignKey("judgement.id"), primary_key=True)
    earlier_id: Mapped[int] = mapped_column(ForeignKey("judgement.id"), primary_key=True, index=True)
    share: Mapped[float]
    is_same_team: Mapped[bool]

    judgement: Mapped[Judgement] = relationship(foreign_keys=[judgement_id])
    earlier: Mapped[Judgement] = relationship(foreign_keys=[earlier_id])
