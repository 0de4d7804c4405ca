"""Scorer `service`: asks the contestant's server, checks its answers and measures how fast they come.

What is measured is what a client beside the server would see: connections are real sockets that a thread
    carries
to the other sandbox. They are kept alive; a worker of the client asks one request after the other on its own.
"""

import http.client
import importlib
import json
import math
import queue
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ConfigDict, Field, ValidationError

from scoring.contract import Message, MetricValue, ReportStatus, ScoringReport, ScoringRequest, Split, Strict
from scoring.errors import ReferenceBroken, ScorerMisconfigured
from scoring.options import ServiceOptions
from scoring.reference_splits import SPLITS
from scoring.scorers import Places

MAX_BODY_BYTES = 16 << 20
_LOWER_IS_BETTER = frozenset({"latency_ms_p50", "latency_ms_p95", "latency_ms_p99", "errors"})
_METRICS = frozenset({"answers_correct", "throughput_rps", *_LOWER_IS_BETTER})


class Question(Strict):
    """One line of `requests.jsonl`."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    id: str | int
    split: Split = "public"
    method: str = "POST"
    path: str = "/"
    body: Any = Field(default=None, alias="json")
    expected: Any = None
    status: int = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one request.

    Attributes:
        question: which.
        seconds: until the whole answer was there.
        is_answered: whether there was an answer at all.
        is_correct: whether it is the expected one.
    """

    question: Question
    seconds: float
    is_answered: bool
    is_correct: bool


def score_service(request: ScoringRequest, places: Places) -> ScoringReport:
    """Ask every question, and measure.

    Args:
        request: with `ServiceOptions`.
        places: where the questions and the channel are.

    Raises:
        ScoringError: the request or the questions are broken.
    """
    options = ServiceOptions.model_validate(request.options)
    if unknown := {metric.name for metric in request.metrics} - _METRICS:
        raise ScorerMisconfigured(
            f"scorer service has no metrics {sorted(unknown)}; it has {sorted(_METRICS)}"
        )
    questions = _questions(places.inputs / request.reference / options.requests)
    order = np.random.default_rng(request.seed).permutation(len(questions))
    shuffled = [questions[int(index)] for index in order]
    client: Any = importlib.import_module("service_client")  # beside the scoring package in the sandbox
    with client.Service.connect(str(places.channel)) as service:
        try:
            service.await_ready(options.start_s)
        except client.ServiceUnavailable:
            return _failed("service-not-listening")
        _ask_all(service, shuffled[: options.n_warmup], options)
        began = time.perf_counter()
        answers = _ask_all(service, _cycled(shuffled, options.n_measured), options)
        elapsed_s = time.perf_counter() - began
    if not any(answer.is_answered for answer in answers):
        return _failed("service-no-answer")
    metrics = [
        value
        for split in SPLITS
        if (mine := [answer for answer in answers if answer.question.split == split])
        for value in _metrics(request, mine, len(answers) / elapsed_s, split)
    ]
    return ScoringReport(status=ReportStatus.SCORED, metrics=tuple(metrics), n_rows=len(answers))


def _failed(code: str) -> ScoringReport:
    return ScoringReport(status=ReportStatus.FAILED, messages=(Message(code=code),))


def _questions(path: Path) -> list[Question]:
    try:
        lines = path.read_text("utf-8").splitlines()
        questions = [Question.model_validate_json(line) for line in lines if line.strip()]
    except (OSError, ValidationError) as error:
        raise ReferenceBroken(f"{path.name}: {error}") from error
    if not questions:
        raise ReferenceBroken(f"{path.name} holds no requests")
    return questions


def _cycled(questions: Sequence[Question], n_measured: int) -> list[Question]:
    n_wanted = n_measured or len(questions)
    return [questions[index % len(questions)] for index in range(n_wanted)]


def _ask_all(service: Any, questions: Sequence[Question], options: ServiceOptions) -> list[Answer]:  # noqa: ANN401
    """Ask with so many workers at once, each on a connection of its own; return answers in any order."""
    waiting: queue.SimpleQueue[Question] = queue.SimpleQueue()
    for question in questions:
        waiting.put(question)
    answers: list[Answer] = []
    workers = [
        threading.Thread(target=_work, args=(service, waiting, answers, options))
        for _ in range(min(options.n_connections, len(questions)))
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return answers


def _work(
    service: Any,  # noqa: ANN401 - `service_client.Service`
    waiting: "queue.SimpleQueue[Question]",
    answers: list[Answer],
    options: ServiceOptions,
) -> None:
    connection = service.http(options.timeout_s)
    while True:
        try:
            question = waiting.get_nowait()
        except queue.Empty:
            connection.close()
            return
        began = time.perf_counter()
        try:
            status, body = _ask(connection, question)
        except (OSError, http.client.HTTPException, ValueError):
            connection.close()  # the next request opens another
            answers.append(Answer(question, time.perf_counter() - began, is_answered=False, is_correct=False))
            continue
        seconds = time.perf_counter() - began
        is_correct = status == question.status and _is_right(body, question, options)
        answers.append(Answer(question, seconds, is_answered=True, is_correct=is_correct))


def _ask(connection: http.client.HTTPConnection, question: Question) -> tuple[int, bytes]:
    body = None if question.body is None else json.dumps(question.body, allow_nan=False)
    connection.request(question.method, question.path, body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    content = response.read(MAX_BODY_BYTES + 1)
    if len(content) > MAX_BODY_BYTES:
        raise ValueError("the answer is too large")
    return response.status, content


def _is_right(body: bytes, question: Question, options: ServiceOptions) -> bool:
    if options.compare == "status":
        return True
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return False
    if options.compare == "label":
        wanted = (
            question.expected.get("label") if isinstance(question.expected, Mapping) else question.expected
        )
        return isinstance(found, dict) and "label" in found and _is_same(found["label"], wanted, 0.0)
    tolerance = options.tolerance if options.compare == "close" else 0.0
    return _is_same(found, question.expected, tolerance)


def _is_same(found: object, right: object, tolerance: float) -> bool:
    """Return whether two JSON values are equal, numbers within a relative tolerance; true is not 1."""
    if isinstance(right, bool) or isinstance(found, bool):
        return found is right
    if isinstance(right, int | float) and isinstance(found, int | float):
        return math.isclose(found, right, rel_tol=tolerance, abs_tol=tolerance)
    if isinstance(right, list) and isinstance(found, list):
        pairs = zip(found, right, strict=False)
        return len(found) == len(right) and all(_is_same(one, other, tolerance) for one, other in pairs)
    if isinstance(right, dict) and isinstance(found, dict):
        return found.keys() == right.keys() and all(
            _is_same(found[key], right[key], tolerance) for key in right
        )
    return found == right


def _metrics(
    request: ScoringRequest, answers: Sequence[Answer], throughput: float, split: Split
) -> list[MetricValue]:
    """Return the metrics of one split; throughput is that of the whole measurement."""
    times_ms = np.array([answer.seconds for answer in answers if answer.is_answered]) * 1000
    values: dict[str, float | None] = {
        "answers_correct": sum(answer.is_correct for answer in answers) / len(answers),
        "errors": sum(not answer.is_answered for answer in answers) / len(answers),
        "throughput_rps": throughput,
        **{
            f"latency_ms_p{percent}": float(np.percentile(times_ms, percent)) if times_ms.size else None
            for percent in (50, 95, 99)
        },
    }
    return [
        MetricValue(
            key=metric.key,
            split=split,
            value=values[metric.name],
            higher_is_better=metric.name not in _LOWER_IS_BETTER,
            reason="" if values[metric.name] is not None else "not-measured",
        )
        for metric in request.metrics
    ]
