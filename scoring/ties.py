"""Teams whose scores may differ by luck alone: groups on a board, from paired replicates. Pure, no NumPy.

Down the ranking, a group begins with the first team that is not tied with the first of the group before.
Two scores are tied when their difference is within `z` standard errors of the difference, which paired
replicates give: all submissions met the same draws of hidden rows, so what is hard for both cancels out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from scoring.ladder import paired_error

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Placed:
    """A team's score, as a group looks at it.

    Attributes:
        score: on the split of the board.
        replicates: of it; empty where there are none.
    """

    score: float
    replicates: Sequence[float] = ()


def is_tied(one: Placed, other: Placed, *, level: float = LEVEL) -> bool:
    """Return whether two scores cannot be told apart.

    Args:
        one: a score.
        other: another of the same problem version and split.
        level: of the two-sided test.

    Returns:
        Without replicates of both: whether they are equal.
    """
    if one.score == other.score:
        return True
    error = paired_error(one.replicates, other.replicates)
    return error is not None and abs(one.score - other.score) <= error * NormalDist().inv_cdf((1 + level) / 2)


def groups(ranking: Iterable[Placed], *, level: float = LEVEL) -> list[int]:
    """Return the number of each team's group, from 1.

    Args:
        ranking: best first.
        level: see `is_tied`.
    """
    first: Placed | None = None
    found: list[int] = []
    for placed in ranking:
        if first is None or not is_tied(first, placed, level=level):
            first = placed
            found.append((found[-1] if found else 0) + 1)
        else:
            found.append(found[-1])
    return found
