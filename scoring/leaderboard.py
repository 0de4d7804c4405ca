"""Leaderboard arithmetic: which submission counts for a team, and who stands where. Pure, no NumPy.

The order is total and never changes between two looks at the same entries: by score in the metric's
direction, then the earlier submission, then the lower submission id. So no two ranks are equal, and ranks
run 1 … n. Entries without a real score (None, NaN, infinite) never rank; they follow the ranked ones, in
order of submission, with rank None.
"""

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar


class Entry(Protocol):
    """What is ranked. Any object with these attributes will do."""

    @property
    def team_id(self) -> Hashable:
        """Who is ranked."""

    @property
    def submission_id(self) -> int:
        """Breaks ties between submissions of the same instant."""

    @property
    def submitted_at(self) -> datetime:
        """Aware instant of the submission; the earlier one wins a tie."""

    @property
    def score(self) -> float | None:
        """Value of the primary metric, None if there is none."""


E = TypeVar("E", bound=Entry)


class Policy(StrEnum):
    """Which of a team's submissions counts."""

    BEST = "best"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Standing(Generic[E]):
    """One line of a leaderboard.

    Attributes:
        entry: the submission that counts.
        rank: 1 for the first, None if the entry has no real score.
        n_entries: how many submissions the team has on the board.
    """

    entry: E
    rank: int | None
    n_entries: int = 1


def is_rankable(score: float | None) -> bool:
    """Return whether a score is a real, finite number."""
    return score is not None and math.isfinite(score)


def _order(entry: Entry, *, higher_is_better: bool) -> tuple[bool, float, datetime, int]:
    score = entry.score
    if score is None or not math.isfinite(score):
        return (True, 0.0, entry.submitted_at, entry.submission_id)
    oriented = -score if higher_is_better else score
    return (False, oriented, entry.submitted_at, entry.submission_id)


def order(entries: Iterable[E], *, higher_is_better: bool) -> list[E]:
    """Return the entries from first to last; see the module for the rule.

    Args:
        entries: any number, in any order.
        higher_is_better: direction of the score.
    """
    return sorted(entries, key=lambda entry: _order(entry, higher_is_better=higher_is_better))


def rank(entries: Iterable[E], *, higher_is_better: bool) -> list[Standing[E]]:
    """Return standings for entries that all count, whoever made them.

    Args:
        entries: any number, in any order.
        higher_is_better: direction of the score.
    """
    ordered = order(entries, higher_is_better=higher_is_better)
    return [
        Standing(entry, place if is_rankable(entry.score) else None)
        for place, entry in enumerate(ordered, start=1)
    ]


def pick(entries: Sequence[E], policy: Policy, *, higher_is_better: bool) -> E:
    """Return the one of a team's submissions that counts.

    `LAST` is the latest one, whatever its score: a team that replaces a good submission by one without a
    score has none. `BEST` prefers any real score.

    Args:
        entries: the team's submissions, at least one.
        policy: see `Policy`.
        higher_is_better: direction of the score.

    Raises:
        ValueError: `entries` is empty.
    """
    if not entries:
        raise ValueError("a team without submissions has none that counts")
    if policy is Policy.LAST:
        return max(entries, key=lambda entry: (entry.submitted_at, entry.submission_id))
    return order(entries, higher_is_better=higher_is_better)[0]


def standings(
    entries: Iterable[E], *, higher_is_better: bool, policy: Policy = Policy.BEST
) -> list[Standing[E]]:
    """Return a leaderboard: one line per team, by the submission that counts.

    Args:
        entries: all submissions on the board, in any order.
        higher_is_better: direction of the score.
        policy: which of a team's submissions counts.
    """
    teams: dict[Hashable, list[E]] = {}
    for entry in entries:
        teams.setdefault(entry.team_id, []).append(entry)
    chosen = [pick(own, policy, higher_is_better=higher_is_better) for own in teams.values()]
    return [
        Standing(line.entry, line.rank, len(teams[line.entry.team_id]))
        for line in rank(chosen, higher_is_better=higher_is_better)
    ]
