"""Writes the rows of a result that hang on its judgement: metrics, replicates of the score, test cases."""

import math
import sys
from array import array
from collections.abc import Iterator, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from judge.models import Judgement, Metric, Replicates, Run
from judge.services.problems import spec_of
from judge.services.results import JudgementResult
from scoring.contract import MetricValue


def write_parts(session: Session, judgement: Judgement, result: JudgementResult) -> None:
    """Write them, in place of those of an attempt before."""
    for table in (Metric, Replicates, Run):
        session.execute(delete(table).where(table.judgement_id == judgement.id))
    session.add_all(_metric(judgement, metric) for metric in result.metrics)
    session.add_all(_replicates(judgement, result.metrics))
    session.add_all(_runs(judgement, result))


def replicates_of(session: Session, judgement_ids: Sequence[int], split: str) -> dict[int, tuple[float, ...]]:
    """Return the replicates of scores on a split, by judgement; NaN where one is undefined."""
    rows = session.execute(
        select(Replicates.judgement_id, Replicates.content).where(
            Replicates.judgement_id.in_(judgement_ids), Replicates.split == split
        )
    )
    return {row.judgement_id: _unpacked(row.content) for row in rows}


def _metric(judgement: Judgement, metric: MetricValue) -> Metric:
    interval = metric.interval
    return Metric(
        judgement_id=judgement.id,
        key=metric.key[:60],
        split=metric.split,
        value=metric.value,
        higher_is_better=metric.higher_is_better,
        reason=metric.reason[:200],
        low=interval and interval.low,
        high=interval and interval.high,
        std_error=interval and interval.std_error,
        no_interval=metric.no_interval or "",
    )


def _replicates(judgement: Judgement, metrics: Sequence[MetricValue]) -> Iterator[Replicates]:
    primary = spec_of(judgement.problem_version).scoring.primary
    for metric in metrics:
        if metric.key == primary and metric.replicates:
            content = _packed(metric.replicates)
            yield Replicates(judgement_id=judgement.id, split=metric.split, content=content)


def _packed(values: Sequence[float | None]) -> bytes:
    numbers = array("d", (math.nan if value is None else value for value in values))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def _unpacked(content: bytes) -> tuple[float, ...]:
    numbers = array("d")
    numbers.frombytes(content)
    if sys.byteorder == "big":
        numbers.byteswap()
    return tuple(numbers)


def _runs(judgement: Judgement, result: JudgementResult) -> Iterator[Run]:
    for position, case in enumerate(result.cases):
        yield Run(
            judgement_id=judgement.id,
            position=position,
            name=case.name,
            subtask=case.subtask,
            titles=dict(case.title),
            split=case.split,
            verdict=case.verdict.value,
            score=case.score,
            weight=case.weight,
            wall_time_s=case.wall_time_s,
            message=case.message.model_dump() if case.message else {},
        )
