"""Changes of results that a rejudging made or would make, as pages show them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from judge.services.rejudgings.history import Told
from judge.services.rejudgings.preview import ScoreChange
from web.i18n import localised
from web.presenters.problems import metric_label
from web.presenters.verdicts import Chip, present_outcome


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """A score before and after.

    Attributes:
        split: `public` or `private`.
        old: None for none.
        new: likewise.
        delta: with its sign, or empty when the two cannot be compared or are equal.
        tone: `good`, `bad` or `calm`.
    """

    split: str
    old: float | None
    new: float | None
    delta: str
    tone: str


@dataclass(frozen=True, slots=True)
class ToldLine:
    """One change of a submission's result, for its people.

    Attributes:
        at: when.
        reason: why, in the reader's language where the organizer wrote it.
        old: verdict before.
        new: verdict after.
        old_version: of the problem.
        new_version: likewise.
        old_metric: name of the metric that decided.
        new_metric: name of the one that decides now.
        is_other_metric: whether these differ.
        scores: those the viewer may see and that are there.
    """

    at: datetime
    reason: str
    old: Chip
    new: Chip
    old_version: str
    new_version: str
    old_metric: object
    new_metric: object
    is_other_metric: bool
    scores: list[ScoreLine]


def present_told(told: Told) -> ToldLine:
    """Return a change of a submission's result."""
    splits: Mapping[str, ScoreChange | None] = {"public": told.public, "private": told.private}
    return ToldLine(
        at=told.at,
        reason=localised(told.reasons),
        old=present_outcome("done", told.old.verdict),
        new=present_outcome("done", told.new.verdict),
        old_version=told.old.problem_version,
        new_version=told.new.problem_version,
        old_metric=metric_label(told.old.metric),
        new_metric=metric_label(told.new.metric),
        is_other_metric=told.old.metric != told.new.metric,
        scores=[
            present_score(split, change)
            for split, change in splits.items()
            if change is not None and (change.old, change.new) != (None, None)
        ],
    )


def present_score(split: str, change: ScoreChange) -> ScoreLine:
    """Return a score before and after."""
    delta = f"{change.delta:+.5g}" if change.delta else ""
    tone = "calm" if change.is_better is None else ("good" if change.is_better else "bad")
    return ScoreLine(split, change.old, change.new, delta, tone)
