"""DMOJ's checkers that compare lines in their own ways, by what their documentation says."""

from collections import Counter
from collections.abc import Callable, Sequence

from dmoj.error import InternalError
from dmoj.result import CheckerResult


def check(process_output, judge_output, mode, split_on="lines", point_value=1.0, **more):  # noqa: ANN001, ANN003, ANN201
    """Compare; `mode` is the checker's name."""
    if mode == "easy":
        return _letters(process_output) == _letters(judge_output)
    if mode == "linecount":
        return _line_count(_lines(process_output), _lines(judge_output), point_value)
    if mode == "linematches":
        return _line_matches(_lines(process_output), _lines(judge_output), point_value, **more)
    if mode == "rstripped":
        is_kept = (lambda line: line) if more.get("filter_new_line") else (lambda _: True)
        return _stripped(process_output, is_kept) == _stripped(judge_output, is_kept)
    if mode == "unordered" or split_on == "whitespace":
        return sorted(process_output.split()) == sorted(judge_output.split())
    found, right = (sorted(line.split() for line in _lines(raw)) for raw in (process_output, judge_output))
    return found == right


def _letters(raw: bytes) -> Counter[int]:
    return Counter(b"".join(raw.split()).lower())


def _lines(raw: bytes) -> list[bytes]:
    return [line for line in raw.replace(b"\r", b"\n").split(b"\n") if line]


def _line_count(found: list[bytes], right: list[bytes], points: float) -> bool | CheckerResult:
    if len(found) > len(right):
        return False
    if not right:
        return True
    n_same = sum(one.strip() == other.strip() for one, other in zip(found, right, strict=False))
    return CheckerResult(n_same == len(right), points * n_same / len(right))


def _stripped(raw: bytes, is_kept: Callable[[bytes], object]) -> list[bytes]:
    return [line.rstrip() for line in raw.replace(b"\r", b"\n").split(b"\n") if is_kept(line)]


def _line_matches(
    found: list[bytes],
    right: list[bytes],
    points: float,
    point_distribution: Sequence[float] = (1,),
    *,
    filler_lines_required: bool = True,
    **_: object,
) -> bool | CheckerResult:
    whole = sum(point_distribution)
    if len(right) != len(point_distribution) or whole <= 0:
        raise InternalError("point_distribution does not fit the answer")
    if filler_lines_required and len(found) != len(right):
        return False
    pairs = zip(found, right, point_distribution, strict=False)
    got = sum(worth for one, other, worth in pairs if one == other)
    return CheckerResult(got > 0, points * got / whole)
