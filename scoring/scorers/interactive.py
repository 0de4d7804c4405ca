"""Scorer `interactive`: the organizer's environment plays its episodes with the contestant's program."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scoring.channel import StreamChannel
from scoring.contract import (
    Case,
    CaseVerdict,
    Message,
    MetricRequest,
    MetricValue,
    ReportStatus,
    ScoringReport,
    ScoringRequest,
    Split,
)
from scoring.errors import ReferenceBroken, ScorerMisconfigured
from scoring.interaction import Agent, Episode, TurnFailed, load_episodes
from scoring.intervals.means import with_mean_interval
from scoring.options import InteractiveOptions
from scoring.reference_splits import SPLITS
from scoring.scorers import Places

# Longer than the judge waits: it is the judge who ends a silent program, and says so.
_PATIENCE_S = 86_400.0
_CONNECT_S = 30.0


@dataclass(frozen=True, slots=True)
class _Played:
    episode: Episode
    reward: float
    verdict: CaseVerdict
    message: Message | None
    wall_time_s: float
    is_over: bool

    @property
    def is_solved(self) -> bool:
        return self.verdict is CaseVerdict.AC and self.reward >= self.episode.solved_at


_METRICS: Mapping[str, Callable[[Sequence[_Played]], float]] = {
    "episodes_mean": lambda played: sum(one.reward for one in played) / len(played),
    "episodes_sum": lambda played: sum(one.reward for one in played),
    "episodes_min": lambda played: min(one.reward for one in played),
    "episodes_passed": lambda played: sum(one.is_solved for one in played) / len(played),
}


def score_interactive(request: ScoringRequest, places: Places) -> ScoringReport:
    """Play all episodes.

    Args:
        request: with `InteractiveOptions`.
        places: where the environment and the channel are.

    Raises:
        ScoringError: the request or the environment is broken. Whatever else an environment raises is passed
            on: it is a fault of its author.
    """
    options = InteractiveOptions.model_validate(request.options)
    if unknown := [metric.name for metric in request.metrics if metric.name not in _METRICS]:
        raise ScorerMisconfigured(f"scorer interactive has no metrics {unknown}; it has {sorted(_METRICS)}")
    episodes = load_episodes(places.inputs / request.reference / options.environment)
    channel = StreamChannel.connect(places.channel, _CONNECT_S)
    played: list[_Played] = []
    try:
        agent = Agent(channel, _PATIENCE_S)
        for number, one in enumerate(episodes):
            is_over = bool(played) and played[-1].is_over
            played.append(_not_run(one) if is_over else _play(one, agent, request.seed, number))
    finally:
        channel.close()
    metrics = [
        _metric(request, metric, split, mine)
        for split in SPLITS
        if (mine := [one for one in played if one.episode.split == split])
        for metric in request.metrics
    ]
    cases = tuple(_case(one) for one in played)
    return ScoringReport(status=ReportStatus.SCORED, metrics=tuple(metrics), cases=cases, n_rows=len(cases))


def _metric(
    request: ScoringRequest, metric: MetricRequest, split: Split, played: Sequence[_Played]
) -> MetricValue:
    value = MetricValue(
        key=metric.key, split=split, value=_METRICS[metric.name](played), higher_is_better=True
    )
    if metric.name == "episodes_mean":
        return with_mean_interval(value, request, [one.reward for one in played])
    if metric.name == "episodes_passed":
        return with_mean_interval(value, request, [float(one.is_solved) for one in played])
    return value


def _play(one: Episode, agent: Agent, seed: int, number: int) -> _Played:
    began = time.perf_counter()
    reward, verdict, message, is_over = one.lowest, CaseVerdict.AC, None, False
    try:
        reward = float(one.play(agent, np.random.default_rng([seed, number])))
    except TurnFailed as failure:
        verdict, message, is_over = failure.verdict, failure.message, failure.is_over
    if not math.isfinite(reward) or reward < one.lowest:
        raise ReferenceBroken(f"episode {one.name} gave {reward}; at least {one.lowest} was promised")
    if verdict is CaseVerdict.AC and reward < one.solved_at:
        verdict, message = CaseVerdict.WA, Message(code="episode-unsolved")
    return _Played(one, reward, verdict, message, time.perf_counter() - began, is_over)


def _not_run(one: Episode) -> _Played:
    return _Played(one, one.lowest, CaseVerdict.RTE, Message(code="episode-not-run"), 0.0, is_over=True)


def _case(played: _Played) -> Case:
    title = {"en": played.episode.title["en"], "zh": played.episode.title["zh"]}
    return Case(
        name=played.episode.name,
        title=title,  # type: ignore[arg-type] # exactly these keys
        split=played.episode.split,
        verdict=played.verdict,
        score=float(played.is_solved),
        wall_time_s=round(played.wall_time_s, 4),
        message=played.message,
    )
