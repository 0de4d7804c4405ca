"""What of a judgement a viewer may see now, in one place: pages, REST, events, receipts and exports ask here.

Who runs the contest sees everything, and so does everybody who may see the submission once the phase is
revealed. Before that nobody sees the private split; and where the phase has a ladder, of the public split
only the score that the ladder released: any other number of it could be climbed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from judge.errors import NotFound
from judge.models import Account, Judgement, Metric, Phase, Run
from judge.models.words import Ladder
from judge.services.access import runs_contest
from scoring.contract import Split

EXHIBITS = ("tables", "plots", "subtasks")
_ALL: frozenset[Split] = frozenset({"sample", "public", "private"})
_TELLING = frozenset({"requirement-minimum", "requirement-maximum"})  # messages that hold a metric's value


@dataclass(frozen=True, slots=True)
class Sight:
    """What one viewer may see of a judgement now.

    Attributes:
        score: on the public split.
        is_released: whether a ladder released it, so that it may be that of an earlier submission.
        messages, metrics, runs, exhibits, usage: as the functions below give them.
    """

    score: float | None
    is_released: bool
    messages: Sequence[Mapping[str, Any]]
    metrics: Sequence[Metric]
    runs: Sequence[Run]
    exhibits: Mapping[str, Sequence[Mapping[str, Any]]]
    usage: Mapping[str, Any]


def look(judgement: Judgement, *, viewer: Account | None, phase: Phase, now: datetime) -> Sight:
    """Return all that `viewer` may see now."""
    return Sight(
        score=visible_score(judgement, viewer=viewer, phase=phase, now=now),
        is_released="public" not in open_splits(phase, viewer=viewer, now=now),
        messages=visible_messages(judgement, viewer=viewer, phase=phase, now=now),
        metrics=visible_metrics(judgement, viewer=viewer, phase=phase, now=now),
        runs=visible_runs(judgement, viewer=viewer, phase=phase, now=now),
        exhibits=visible_exhibits(judgement, viewer=viewer, phase=phase, now=now),
        usage=visible_usage(judgement, viewer=viewer, phase=phase),
    )


def is_revealed(phase: Phase, *, now: datetime) -> bool:
    """Whether private scores of the phase are public: after `reveal_at`, else once it takes no more.

    Not while its board is frozen, and in any case once its results are final.
    """
    if phase.finalized_at is not None:
        return True
    if is_frozen(phase, now=now):
        return False
    instant = phase.reveal_at or phase.closes_at
    return instant is not None and instant <= now


def is_frozen(phase: Phase, *, now: datetime) -> bool:
    """Whether contestants see the public board as it was at `freeze_at`."""
    return phase.freeze_at is not None and phase.freeze_at <= now and phase.thawed_at is None


def open_splits(phase: Phase, *, viewer: Account | None, now: datetime) -> frozenset[Split]:
    """Return the splits of which `viewer` may see all that was found."""
    if is_revealed(phase, now=now) or runs_contest(viewer, phase.contest):
        return _ALL
    return _ALL - ({"private"} if phase.ladder == Ladder.OFF else {"private", "public"})


def visible_score(
    judgement: Judgement, *, viewer: Account | None, phase: Phase, now: datetime
) -> float | None:
    """Return the score on the public split that `viewer` may see now: what a ladder released, if any."""
    is_open = "public" in open_splits(phase, viewer=viewer, now=now)
    return judgement.score if is_open else judgement.released_score


def visible_metrics(
    judgement: Judgement, *, viewer: Account | None, phase: Phase, now: datetime
) -> list[Metric]:
    """List the metrics that `viewer` may see now, with their intervals."""
    splits = open_splits(phase, viewer=viewer, now=now)
    return [metric for metric in judgement.metrics if metric.split in splits]


def visible_runs(judgement: Judgement, *, viewer: Account | None, phase: Phase, now: datetime) -> list[Run]:
    """List the test cases that `viewer` may see now."""
    splits = open_splits(phase, viewer=viewer, now=now)
    return [run for run in judgement.runs if run.split in splits]


def visible_messages(
    judgement: Judgement, *, viewer: Account | None, phase: Phase, now: datetime
) -> list[Mapping[str, Any]]:
    """List the lines that `viewer` may see now: what they tell of a hidden value is left out."""
    if "public" in open_splits(phase, viewer=viewer, now=now):
        return list(judgement.messages)
    return list(_without_values(judgement.messages))


def _without_values(messages: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    for message in messages:
        if message["code"] in _TELLING:
            yield {"code": "requirement-missed", "params": {"metric": message["params"].get("metric", "")}}
        else:
            yield message


def visible_exhibits(
    judgement: Judgement, *, viewer: Account | None, phase: Phase, now: datetime
) -> dict[str, list[dict[str, Any]]]:
    """Return the tables, plots and subtasks that `viewer` may see now."""
    splits = open_splits(phase, viewer=viewer, now=now)
    return {
        kind: [one for one in judgement.exhibits.get(kind, ()) if one["split"] in splits] for kind in EXHIBITS
    }


def find_plot(
    judgement: Judgement, name: str, *, viewer: Account | None, phase: Phase, now: datetime
) -> dict[str, Any]:
    """Return one picture that `viewer` may see now.

    Raises:
        NotFound: there is none of this name.
    """
    plots = visible_exhibits(judgement, viewer=viewer, phase=phase, now=now)["plots"]
    found = next((plot for plot in plots if plot["name"] == name), None)
    if found is None:
        raise NotFound("There is no picture of this name.", code="plot-not-found")
    return found


def visible_usage(judgement: Judgement, *, viewer: Account | None, phase: Phase) -> dict[str, Any]:
    """Return what the judgement used, as far as `viewer` may know.

    How memory and processor went up and down over time is told only where a program's output is: a
    program could speak through it about hidden inputs that it saw. Who runs the contest sees it always.
    """
    feedback = judgement.problem_version.spec.get("feedback")
    if feedback == "full" or runs_contest(viewer, phase.contest):
        return dict(judgement.usage)
    return {
        name: {key: value for key, value in part.items() if key != "timeline"}
        if isinstance(part, dict)
        else part
        for name, part in judgement.usage.items()
    }
