"""The checkers `sorted`, `unordered`, `easy` and `linecount` of DMOJ, by what their documentation says."""

from collections import Counter

from dmoj.result import CheckerResult


def check(process_output, judge_output, mode, split_on="lines", point_value=1.0, **_):  # noqa: ANN001, ANN003, ANN201
    """Compare; `mode` is the checker's name."""
    if mode == "easy":
        return _letters(process_output) == _letters(judge_output)
    if mode == "linecount":
        return _line_count(_lines(process_output), _lines(judge_output), point_value)
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
