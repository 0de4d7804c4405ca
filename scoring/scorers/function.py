"""Scorer `function`: hidden tests call the contestant's functions across a process border."""

import time
import zlib
from collections.abc import Sequence

import numpy as np

from scoring.channel import Channel
from scoring.contract import (
    Case,
    CaseVerdict,
    MetricValue,
    ReportStatus,
    ScoringReport,
    ScoringRequest,
)
from scoring.errors import ScorerMisconfigured
from scoring.grading import Call, Check, HiddenTest, load_tests
from scoring.options import FunctionOptions
from scoring.peer import CallFailed, Peer, StartFailed
from scoring.reference_splits import SPLITS
from scoring.scorers import Places

METRIC = "tests_passed"


def _run(hidden: HiddenTest, peer: Peer, seed: int) -> Case:
    # By name, so that adding a test leaves the inputs of the others as they were.
    rng = np.random.default_rng([seed, zlib.crc32(hidden.name.encode())])
    verdict, message = CaseVerdict.AC, None
    started_s = time.perf_counter()
    try:
        hidden.run(Call(peer), Check(peer), rng)
    except CallFailed as failure:
        verdict, message = failure.verdict, failure.message
    return Case(
        name=hidden.name,
        title={"en": hidden.title["en"], "zh": hidden.title["zh"]},
        split=hidden.split,
        verdict=verdict,
        score=1.0 if verdict is CaseVerdict.AC else 0.0,
        weight=hidden.weight,
        wall_time_s=round(time.perf_counter() - started_s, 6),
        message=message,
    )


def _metrics(cases: Sequence[Case], keys: Sequence[str]) -> tuple[MetricValue, ...]:
    values = []
    for split in SPLITS:
        chosen = [case for case in cases if case.split == split]
        if chosen:
            share = sum(c.score * c.weight for c in chosen) / sum(c.weight for c in chosen)
            values += [MetricValue(key=key, split=split, value=share, higher_is_better=True) for key in keys]
    return tuple(values)


def score_function(request: ScoringRequest, places: Places) -> ScoringReport:
    """Run the hidden tests against the process on the channel.

    Args:
        request: with `FunctionOptions`.
        places: where the tests and the channel are.

    Raises:
        ScoringError: the tests or the request are broken. Whatever else a test raises is passed on:
            it is a fault of the tests.
    """
    options = FunctionOptions.model_validate(request.options)
    unknown = [metric.name for metric in request.metrics if metric.name != METRIC]
    if unknown:
        raise ScorerMisconfigured(f"scorer function computes {METRIC} only, not {unknown}")
    tests = load_tests(places.inputs / request.reference / options.tests)
    channel = Channel.connect(places.channel, options.start_timeout_s)
    try:
        peer = Peer(channel, call_timeout_s=options.call_timeout_s, max_reply_mib=options.max_reply_mib)
        try:
            peer.await_hello(options.start_timeout_s)
        except StartFailed as failure:
            return ScoringReport(status=ReportStatus.FAILED, messages=(failure.message,))
        cases = tuple(_run(hidden, peer, request.seed) for hidden in tests)
    finally:
        channel.close()
    keys = [metric.key for metric in request.metrics] or [METRIC]
    metrics = _metrics(cases, keys)
    return ScoringReport(status=ReportStatus.SCORED, metrics=metrics, cases=cases, n_rows=len(cases))
