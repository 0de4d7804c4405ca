"""One key of bytes whose ascending order is a leaderboard's: databases compare it without knowing scores.

SQLite and PostgreSQL both compare binary values byte by byte, so order, rank, paging and the total, stable
order all rest on one column and one index. Pure, no NumPy.
"""

import math
import struct
from collections.abc import Sequence
from datetime import UTC, datetime

N_TIES = 3

_PACKED = struct.Struct(f">I{1 + N_TIES + 2}Q")
_MISSING = 2**64 - 1  # no finite number is written so: it comes after all
_SIGN = 2**63
_MAX_GENERATION = 2**32 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_rankable(score: float | None) -> bool:
    """Return whether a score is a real, finite number."""
    return score is not None and math.isfinite(score)


def order_key(
    score: float | None,
    ties: Sequence[float | None],
    submitted_at: datetime,
    submission_id: int,
    *,
    higher_is_better: bool,
    generation: int = 0,
) -> bytes | None:
    """Return the key of an entry: the smaller, the better its place.

    What decides, in order: the newer generation, the better score, the better tie-breaks (a missing one comes
    last), the earlier submission, the lower submission id. Two submissions never share a key.

    Args:
        score: value of the primary metric.
        ties: up to three tie-breaking metrics, turned so that larger is better; None where there is none.
        submitted_at: aware instant.
        submission_id: 0 to 2**64 - 1.
        higher_is_better: direction of the score.
        generation: scores of different generations mean different things and are not compared.

    Returns:
        52 bytes; None for a score that never ranks: none, NaN or infinite.
    """
    if score is None or not math.isfinite(score):
        return None
    padded = [_code(tie if tie is None else -tie) for tie in ties[:N_TIES]]
    padded += [_MISSING] * (N_TIES - len(padded))
    return _PACKED.pack(
        _MAX_GENERATION - generation,
        _code(-score if higher_is_better else score),
        *padded,
        _instant(submitted_at),
        submission_id,
    )


def generation_of(key: bytes) -> int:
    """Return the generation that an order key was made with."""
    return _MAX_GENERATION - int.from_bytes(key[:4], "big")


def descending(number: float) -> bytes:
    """Return 8 bytes that order finite numbers from the largest to the smallest."""
    return _code(-number).to_bytes(8, "big")


def ascending(number: float) -> bytes:
    """Return 8 bytes that order finite numbers from the smallest to the largest."""
    return _code(number).to_bytes(8, "big")


def instant(at: datetime) -> bytes:
    """Return 8 bytes that order aware instants."""
    return _instant(at).to_bytes(8, "big")


def _code(number: float | None) -> int:
    """Return 64 bits in the order of the numbers; what is missing or not finite comes last."""
    if number is None or not math.isfinite(number):
        return _MISSING
    # Adding zero makes -0.0 and 0.0 the same bits.
    bits: int = struct.unpack(">Q", struct.pack(">d", number + 0.0))[0]
    return bits ^ (_MISSING if bits & _SIGN else _SIGN)


def _instant(at: datetime) -> int:
    passed = at - _EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds + _SIGN
