"""What stands beside scores on a board: columns, intervals, and which teams cannot be told apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from judge.models import LeaderboardEntry, Metric
from judge.services.result_rows import replicates_of
from problems.schema import Spec
from scoring.order import generation_of
from scoring.ties import Placed, groups

MAX_RANKED = 100  # each look at a board compares so many at most, in some milliseconds


@dataclass(frozen=True, slots=True)
class Shown:
    """What a viewer may see beside scores, by judgement: columns, intervals, first and last rank tied."""

    metrics: Mapping[int, Mapping[str, float | None]] = field(default_factory=dict)
    intervals: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    tied: Mapping[int, tuple[int, int]] = field(default_factory=dict)


def shown_beside(
    session: Session,
    lines: Sequence[ColumnElement[bool]],
    split: str,
    judgement_ids: Sequence[int],
    spec: Spec,
    *,
    is_climbed: bool,
    is_open: bool,
) -> Shown:
    """Return what a viewer may see beside scores.

    Args:
        session: reads.
        lines: pick the lines of the board.
        split: whose scores they are.
        judgement_ids: of the page.
        spec: of the problem.
        is_climbed: whether a ladder released the scores: then nothing else goes with them.
        is_open: whether the viewer may see the split at all.
    """
    if not is_open:
        return Shown()
    keys = (spec.scoring.primary, *spec.leaderboard.columns)
    metrics: dict[int, dict[str, float | None]] = {}
    intervals = {}
    for metric in session.execute(
        select(Metric.judgement_id, Metric.key, Metric.value, Metric.low, Metric.high).where(
            Metric.judgement_id.in_(judgement_ids),
            Metric.key.in_(keys),
            Metric.split == split,
        )
    ):
        metrics.setdefault(metric.judgement_id, {})[metric.key] = metric.value
        if metric.key == spec.scoring.primary and metric.low is not None and metric.high is not None:
            intervals[metric.judgement_id] = (metric.low, metric.high)
    if is_climbed:
        return Shown(metrics)
    return Shown(metrics, intervals, tied_ranks(session, lines, split, judgement_ids) if intervals else {})


def tied_ranks(
    session: Session, lines: Sequence[ColumnElement[bool]], split: str, judgement_ids: Sequence[int]
) -> dict[int, tuple[int, int]]:
    """Return the first and the last rank of each team's group (`scoring.ties`), by judgement.

    Teams that stand alone are left out.

    Args:
        session: reads.
        lines: pick the lines of one board.
        split: whose replicates belong to the board's scores.
        judgement_ids: of the lines that are looked at: nothing is compared where none is near the top.
    """
    entries = session.execute(
        select(LeaderboardEntry.judgement_id, LeaderboardEntry.score, LeaderboardEntry.order_key)
        .where(*lines, LeaderboardEntry.is_ranked)
        .order_by(LeaderboardEntry.order_key)
        .limit(MAX_RANKED)
    ).all()
    # Scores of an earlier metric follow those of the present one, and mean something else.
    entries = [one for one in entries if generation_of(one.order_key) == generation_of(entries[0].order_key)]
    if not {entry.judgement_id for entry in entries} & set(judgement_ids):
        return {}
    known = replicates_of(session, [entry.judgement_id for entry in entries], split)
    ranking = [Placed(entry.score, known.get(entry.judgement_id, ())) for entry in entries] if known else []
    found = groups(ranking)
    spans = {group: (found.index(group) + 1, len(found) - found[::-1].index(group)) for group in set(found)}
    return {
        entry.judgement_id: spans[group]
        for entry, group in zip(entries, found, strict=False)
        if spans[group][0] < spans[group][1]
    }
