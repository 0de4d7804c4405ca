"""The Ladder (Blum and Hardt 2015): a public score moves only when a submission is a significant improvement.

Whoever sees the exact public score of every submission can climb the public split without learning anything
of the rest, by keeping what happened to score well. The Ladder answers each submission with the best score
released so far, unless the new one beats it by more than a margin; then that one is released, rounded. An
attacker learns a few bits an improvement instead of a score a submission: the released score of k adaptive
submissions to n hidden rows stays within about (log k / n)^(1/3) of the true one.

Two margins: a fixed `step` (their algorithm 1), and none to choose (algorithm 2): the standard deviation of
the difference to the submission released before, over the hidden rows, by the square root of their number.
That standard deviation is here the one of paired bootstrap replicates, which exist for any metric; theirs is
written for means of a loss. Rounding, there to 1 / n, is here to the power of two at or below the margin.

Pure, no NumPy. Scores are turned by the caller's `higher_is_better`; what is returned is not.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import sub


@dataclass(frozen=True, slots=True)
class Attempt:
    """A submission as the ladder sees it.

    Attributes:
        score: on the public split; None or not finite when there is none.
        replicates: gives the bootstrap replicates of the score, NaN where undefined; empty where there are
            none. Asked only of submissions that would improve.
    """

    score: float | None
    replicates: Callable[[], Sequence[float]] = tuple


def climb(
    attempts: Iterable[Attempt], *, higher_is_better: bool, step: float | None = None
) -> list[float | None]:
    """Return what is released for each attempt of one team, in the order in which they were judged.

    Args:
        attempts: all of them, from the first.
        higher_is_better: direction of the scores.
        step: the least improvement that is released, above 0; None for the parameter-free form. There an
            attempt without replicates releases nothing once something was released: whether it is a
            significant improvement cannot be told.

    Returns:
        The best released so far after each attempt; None for an attempt without a score of its own.
    """
    sign = 1.0 if higher_is_better else -1.0
    best: float | None = None
    standing: Sequence[float] = ()
    found: list[float | None] = []
    for attempt in attempts:
        score = attempt.score
        if score is None or not math.isfinite(score):
            found.append(None)
            continue
        gain = math.inf if best is None else sign * (score - best)
        if gain > (step or 0.0):
            margin, replicates = _margin(attempt, standing, step, is_first=best is None)
            if gain > margin:
                best, standing = _rounded(score, margin), replicates
        found.append(best)
    return found


def _margin(
    attempt: Attempt, standing: Sequence[float], step: float | None, *, is_first: bool
) -> tuple[float, Sequence[float]]:
    """Return how much an attempt must improve, and its replicates where they matter."""
    if step is not None:
        return step, ()
    replicates = attempt.replicates()
    if is_first:
        return paired_error(replicates, [0.0] * len(replicates)) or 0.0, replicates
    error = paired_error(replicates, standing)
    return math.inf if error is None else error, replicates


def paired_error(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return the standard error of the difference of two scores from paired replicates.

    Args:
        one: replicates, NaN where undefined.
        other: likewise, in the same order.

    Returns:
        None where fewer than two pairs are defined, or their numbers differ.
    """
    if len(one) != len(other):
        return None
    gaps = list(map(sub, one, other))
    if not math.isfinite(sum(gaps)):
        gaps = [gap for gap in gaps if math.isfinite(gap)]
    if len(gaps) < 2:  # of one there is no deviation
        return None
    mean = math.fsum(gaps) / len(gaps)
    return math.sqrt(math.fsum((gap - mean) ** 2 for gap in gaps) / (len(gaps) - 1))


def _rounded(score: float, margin: float) -> float:
    """Return a score to the power of two at or below the margin."""
    if not 0 < margin < math.inf:
        return score
    grid = 2.0 ** math.floor(math.log2(margin))
    steps = score / grid
    return round(steps) * grid if abs(steps) < 2**52 else score
