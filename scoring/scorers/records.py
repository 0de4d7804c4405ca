"""Scorer `records`: answers that are texts, spans, tags, boxes, masks or rankings, matched by id."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoring.contract import MetricValue, ReportStatus, ScoringReport, ScoringRequest, Split
from scoring.errors import ReferenceBroken
from scoring.faults import EXAMPLES_PER_KIND, FaultLog, echo
from scoring.intervals.estimate import with_interval
from scoring.metrics.base import RecordInputs
from scoring.options import RecordsOptions
from scoring.readers.detect import check_format
from scoring.readers.records import Record, read_records
from scoring.readers.text import count_lines, iter_lines
from scoring.records import Unfit, check_pair, read_answer, read_truth
from scoring.reference_splits import SPLITS
from scoring.registry import evaluate_records
from scoring.scorers import Places
from scoring.scorers.metrics import bootstrap_of, in_split, metric_value
from scoring.sketch import of_records

_FILE = "reference.jsonl"


@dataclass(frozen=True, slots=True)
class _Truth:
    place: int
    split: Split
    value: Any


def _true_record(line: str, options: RecordsOptions, place: int) -> tuple[str | int, _Truth]:
    """Return the id and the truth on a line. Raises `ValueError` or `KeyError`, saying what is wrong."""
    record = json.loads(line)
    key, split = record[options.id_field], record[options.split_field]
    if split not in SPLITS or isinstance(key, bool) or not isinstance(key, str | int):
        raise ValueError(f"id {key!r} or split {split!r} cannot be")
    try:
        return key, _Truth(place, split, read_truth(record[options.truth_field], options))
    except Unfit as unfit:
        raise ValueError(f"{unfit.code} {unfit.params}") from unfit


def _reference(folder: Path, options: RecordsOptions) -> dict[str | int, _Truth]:
    """Return what is true, by id, in the file's order. Raises `ReferenceBroken`, with the line."""
    found: dict[str | int, _Truth] = {}
    try:
        lines = (folder / _FILE).read_text("utf-8").split("\n")
    except (OSError, ValueError) as error:
        raise ReferenceBroken(f"{_FILE}: {error}") from error
    for row, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            key, truth = _true_record(line, options, len(found))
        except (ValueError, KeyError, TypeError) as error:
            raise ReferenceBroken(f"{_FILE}, line {row}: {type(error).__name__}: {error}") from error
        if key in found:
            raise ReferenceBroken(f"{_FILE}, line {row}: id {key!r} was there before")
        found[key] = truth
    if len({type(key) for key in found}) != 1:
        raise ReferenceBroken(f"{_FILE}: ids must be there, all texts or all whole numbers")
    return found


def _records(
    path: Path, options: RecordsOptions, keys: list[str | int], faults: FaultLog
) -> Iterator[Record]:
    """Yield the contestant's answers. Raises `SubmissionRefused`."""
    file_format = check_format(path, faults)
    if file_format == "jsonl":
        fields = (options.id_field, options.answer_field)
        yield from read_records(path, fields, faults, ids_are_int=isinstance(keys[0], int))
        return
    if file_format != "text" or options.kind != "text":
        expected = "JSONL, TXT" if options.kind == "text" else "JSONL"
        raise faults.refuse("file-unknown-format", found_kind=file_format, expected=expected)
    n_lines = count_lines(path, faults)
    if n_lines != len(keys):
        raise faults.refuse("line-count", found=n_lines, expected=len(keys))
    for row, line in iter_lines(path, faults):
        yield Record(row, keys[row - 1], line)


class _Answers:
    """Answers in the reference's order, as they come."""

    def __init__(self, options: RecordsOptions, truths: dict[str | int, _Truth], faults: FaultLog) -> None:
        self._options, self._truths, self._faults = options, truths, faults
        self._rows: dict[str | int, int] = {}
        self.values: list[Any] = [None] * len(truths)

    def add(self, record: Record) -> None:
        """Take one record; what is wrong with it is noted."""
        truth, shown = self._truths.get(record.key), echo(record.key)
        if truth is None:
            self._faults.add("id-unknown", row=record.row, id=shown)
            return
        if record.key in self._rows:
            first = self._rows[record.key]
            self._faults.add("id-duplicate", row=record.row, id=shown, first_row=first)
            return
        self._rows[record.key] = record.row
        try:
            answer = read_answer(record.value, self._options)
            check_pair(answer, truth.value, self._options.kind)
            self.values[truth.place] = answer
        except Unfit as unfit:
            self._faults.add(unfit.code, row=record.row, id=shown, **unfit.params)

    def note_missing(self) -> None:
        """Note the records without an answer."""
        missing = [key for key in self._truths if key not in self._rows]
        for key in missing[:EXAMPLES_PER_KIND]:
            self._faults.add("id-missing", id=echo(key))
        self._faults.add_uncounted("id-missing", len(missing) - EXAMPLES_PER_KIND)


def _aligned(path: Path, options: RecordsOptions, truths: dict[str | int, _Truth]) -> list[Any]:
    """Return the answers in the reference's order.

    Raises:
        SubmissionRefused: anything at all is wrong with the file.
    """
    faults = FaultLog()
    answers = _Answers(options, truths, faults)
    for n_records, record in enumerate(_records(path, options, list(truths), faults), start=1):
        if n_records > options.max_records:
            raise faults.refuse("rows-too-many", limit=options.max_records)
        answers.add(record)
        if faults.is_full:
            raise faults.refuse("stopped-early", row=record.row)
    answers.note_missing()
    if faults:
        raise faults.refusal()
    return answers.values


def _metrics(request: ScoringRequest, split: Split, inputs: RecordInputs) -> list[MetricValue]:
    bootstrap = bootstrap_of(request, split, len(inputs.truths))
    found = []
    for one in request.metrics:
        value = metric_value(one, evaluate_records(one.name, inputs, one.params))
        found.append(with_interval(value, one.name, inputs, one.params, bootstrap))
    return in_split(found, split)


def score_records(request: ScoringRequest, places: Places) -> ScoringReport:
    """Score answers to records.

    Args:
        request: with `RecordsOptions`.
        places: where the files are.

    Raises:
        SubmissionRefused: the file has faults; all are told.
        ScoringError: the request or the reference is broken.
    """
    options = RecordsOptions.model_validate(request.options)
    truths = _reference(places.inputs / request.reference, options)
    answers = _aligned(places.inputs / request.submission, options, truths)
    metrics: list[MetricValue] = []
    for split in SPLITS:
        of_split = [truth for truth in truths.values() if truth.split == split]
        if of_split:
            values = [truth.value for truth in of_split]
            said = [answers[truth.place] for truth in of_split]
            metrics += _metrics(request, split, RecordInputs(options.kind, values, said))
    sketch = of_records(answers, request.seed) if request.has_sketch else ""
    return ScoringReport(
        status=ReportStatus.SCORED, metrics=tuple(metrics), n_rows=len(truths), sketch=sketch
    )
