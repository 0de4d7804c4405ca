"""Scorer `table`: a file of predictions, matched to the reference by id."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from scoring.alignment import Aligner
from scoring.contract import MetricValue, ReportStatus, ScoringReport, ScoringRequest
from scoring.errors import ScorerMisconfigured
from scoring.faults import FaultLog
from scoring.metrics.base import Array
from scoring.options import Column, TableOptions
from scoring.readers import read_table
from scoring.readers.base import TableSpec
from scoring.reference import Reference, Targets, load_reference
from scoring.scorers import Places
from scoring.scorers.metrics import Prediction, computed, pick, sketched, splits_present


def _prediction_column(options: TableOptions) -> Column:
    names = {column.name: column for column in options.columns}
    unknown = {*options.probability_columns, options.prediction_column} - set(names) - {""}
    if unknown:
        raise ScorerMisconfigured(f"no column {sorted(unknown)} among {sorted(names)}")
    return names[options.prediction_column] if options.prediction_column else options.columns[0]


def _classes(options: TableOptions) -> tuple[str, ...]:
    column = _prediction_column(options)
    return column.values if column.kind == "label" else options.classes


def _codes(texts: tuple[str, ...]) -> dict[str, int]:
    return {text: code for code, text in enumerate(texts)}


def _spec(options: TableOptions, reference: Reference) -> TableSpec:
    vocabulary = {column.name: _codes(column.values) for column in options.columns if column.kind == "label"}
    column = _prediction_column(options)
    if column.kind == "str":
        vocabulary[column.name] = _codes(reference.targets.classes)
    return TableSpec(
        id_column=options.id_column,
        ids_are_int=isinstance(reference.ids, np.ndarray),
        columns=options.columns,
        n_expected=len(reference.ids),
        max_rows=options.max_rows,
        vocabulary=vocabulary,
    )


def _read(
    request: ScoringRequest, places: Places, aligner: Aligner, spec: TableSpec, faults: FaultLog
) -> Mapping[str, Array]:
    """Return the aligned columns.

    Raises:
        SubmissionRefused: anything at all is wrong with the file.
    """
    for batch in read_table(places.inputs / request.submission, spec, faults):
        aligner.add(batch)
        if aligner.n_records > spec.max_rows:
            raise faults.refuse("rows-too-many", limit=spec.max_rows)
        if faults.is_full:
            last = batch.rows.at(batch.n_rows - 1) if batch.n_rows else batch.rows.start
            raise faults.refuse("stopped-early", row=last)
    if aligner.n_records == 0 and not faults:
        raise faults.refuse("file-no-rows", expected=spec.n_expected)
    values = aligner.finish()
    if faults:
        raise faults.refusal()
    return values


def _prediction(options: TableOptions, values: Mapping[str, Array]) -> Prediction:
    if options.probability_columns:
        return Prediction(None, np.column_stack([values[name] for name in options.probability_columns]))
    if options.target_columns and len(options.columns) > 1:
        return Prediction(None, np.column_stack([values[column.name] for column in options.columns]))
    column = _prediction_column(options)
    array = values[column.name]
    if column.kind == "float" or options.target_columns:
        return Prediction(None, array.astype(np.float64))
    return Prediction(array, array.astype(np.float64) if column.kind == "int" else None)


def _n_classes(options: TableOptions, targets: Targets) -> int:
    if options.probability_columns:
        return len(options.probability_columns)
    # Free text may be none of the reference's answers: that is one more class.
    return targets.n_classes + (_prediction_column(options).kind == "str")


def score_table(request: ScoringRequest, places: Places) -> ScoringReport:
    """Score a table of predictions.

    Args:
        request: with `TableOptions`.
        places: where the files are.

    Raises:
        SubmissionRefused: the file has faults; all are told.
        ScoringError: the request or the reference is broken.
    """
    options = TableOptions.model_validate(request.options)
    reference = load_reference(places.inputs / request.reference, options, _classes(options))
    spec, faults = _spec(options, reference), FaultLog()
    aligner, targets = Aligner(reference.ids, spec, faults), reference.targets
    del reference  # the ids, which the aligner lets go when it no longer needs them
    values = _read(request, places, aligner, spec, faults)
    n_rows = aligner.n_records
    del aligner
    pa.default_memory_pool().release_unused()
    prediction = _prediction(options, values)
    del values
    metrics: list[MetricValue] = []
    for split, rows in splits_present(targets.split):
        part = Prediction(pick(prediction.y_pred, rows), pick(prediction.y_score, rows))
        metrics += computed(
            request=request,
            split=split,
            prediction=part,
            y_true=targets.y_true[rows],
            groups=pick(targets.groups, rows),
            n_classes=_n_classes(options, targets),
        )
    sketch = sketched(request, prediction)
    return ScoringReport(status=ReportStatus.SCORED, metrics=tuple(metrics), n_rows=n_rows, sketch=sketch)
