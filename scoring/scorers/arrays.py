"""Scorer `arrays`: what the stock model runner wrote for the hidden inputs."""

from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from scoring.catalogue import find_metric
from scoring.catalogue.metric import NOT_MEASURED, Wants
from scoring.contract import (
    MetricValue,
    NoInterval,
    ReportStatus,
    ScoringReport,
    ScoringRequest,
)
from scoring.errors import ReferenceBroken
from scoring.faults import FaultLog, echo
from scoring.metrics.base import Array
from scoring.options import ArraysOptions
from scoring.readers.npy import read_array
from scoring.scorers import Places
from scoring.scorers.metrics import Prediction, computed, in_split, sketched, splits_present

_MAX_STATS_BYTES = 64 * 1024
_SPLIT_CODES = {0: 1, 1: 2}  # public and private in the reference → index into SPLITS


class _Stats(BaseModel):
    """`stats.json`; it was written next to participant code, so it is checked like a submission."""

    model_config = ConfigDict(extra="ignore", strict=True)

    parameters: Annotated[int, Field(ge=0, le=10**13)] | None = None
    size_bytes: Annotated[int, Field(ge=0, le=10**13)] | None = None
    latency_ms_p50: Annotated[FiniteFloat, Field(ge=0, le=1e9)] | None = None
    latency_ms_p95: Annotated[FiniteFloat, Field(ge=0, le=1e9)] | None = None
    latency_ms_p99: Annotated[FiniteFloat, Field(ge=0, le=1e9)] | None = None


def _reference(folder: Path, n_classes: int) -> tuple[Array, Array]:
    """Return `y_true` and `split`, both of shape (n_samples,)."""
    path = folder / "reference.npz"
    try:
        with np.load(path, allow_pickle=False) as archive:
            y_true, split = archive["y_true"], archive["split"]
    except (OSError, KeyError, ValueError) as error:
        raise ReferenceBroken(f"{path}: {error}") from error
    is_good = (
        y_true.ndim == 1
        and y_true.shape == split.shape
        and y_true.size > 0
        and y_true.dtype.kind in "iu"
        and 0 <= y_true.min() <= y_true.max() < n_classes
        and np.isin(split, list(_SPLIT_CODES)).all()
    )
    if not is_good:
        raise ReferenceBroken(f"{path}: y_true must be int classes below {n_classes}, split 0 or 1")
    return y_true, np.where(split == 0, _SPLIT_CODES[0], _SPLIT_CODES[1]).astype(np.int8)


def _predictions(path: Path, shape: tuple[int, int], faults: FaultLog) -> Array:
    if not path.is_file():
        raise faults.refuse("file-missing")
    with path.open("rb") as file:
        array = read_array(file, "predictions", path.stat().st_size, faults)
    if array.dtype.kind not in "iuf":
        raise faults.refuse("array-dtype", column="predictions", found=echo(str(array.dtype)))
    if array.shape != shape:
        raise faults.refuse(
            "array-shape", column="predictions", found=echo(str(array.shape)), expected=str(shape)
        )
    scores: Array = array.astype(np.float64)
    for row, column in np.argwhere(~np.isfinite(scores))[:10].tolist():
        code = "value-nan" if np.isnan(scores[row, column]) else "value-infinite"
        faults.add(code, row=row + 1, column=str(column))
    if faults:
        raise faults.refusal()
    return scores


def _stats(path: Path, faults: FaultLog) -> _Stats:
    try:
        with path.open("rb") as file:
            return _Stats.model_validate_json(file.read(_MAX_STATS_BYTES))
    except (OSError, ValidationError):
        raise faults.refuse("stats-unreadable") from None


def _measured(request: ScoringRequest, stats: _Stats) -> list[MetricValue]:
    """Return what was asked for, and whatever else was measured."""
    measured: dict[str, int | float | None] = stats.model_dump()
    keys = {r.key: r.name for r in request.metrics if find_metric(r.name).wants is Wants.MEASURED}
    extra = {
        name: name for name, value in measured.items() if value is not None and name not in keys.values()
    }
    return [
        MetricValue(
            key=key,
            split="public",
            value=measured.get(name),
            higher_is_better=find_metric(name).higher_is_better,
            reason="" if measured.get(name) is not None else NOT_MEASURED,
            no_interval=NoInterval.MEASURED if request.bootstrap else None,
        )
        for key, name in {**keys, **extra}.items()
    ]


def score_arrays(request: ScoringRequest, places: Places) -> ScoringReport:
    """Score an array of class scores.

    Args:
        request: with `ArraysOptions`.
        places: where the files are.

    Raises:
        SubmissionRefused: the array is damaged, of the wrong shape, or not finite.
        ScoringError: the request or the reference is broken.
    """
    options = ArraysOptions.model_validate(request.options)
    faults = FaultLog()
    y_true, split = _reference(places.inputs / request.reference, options.n_classes)
    scores = _predictions(places.inputs / request.submission, (y_true.size, options.n_classes), faults)
    stats = _stats(places.inputs / request.extra["stats"], faults) if "stats" in request.extra else _Stats()
    # Two columns are one probability to the binary metrics; the class is still the larger of both.
    y_score = scores[:, 1] if options.n_classes == 2 else scores
    y_pred = np.argmax(scores, axis=1)
    metrics: list[MetricValue] = []
    for name, rows in splits_present(split):
        metrics += computed(
            request=request,
            split=name,
            prediction=Prediction(y_pred[rows], y_score[rows]),
            y_true=y_true[rows],
            n_classes=options.n_classes,
        )
        metrics += in_split(_measured(request, stats), name)
    sketch = sketched(request, Prediction(None, scores))
    return ScoringReport(
        status=ReportStatus.SCORED, metrics=tuple(metrics), n_rows=y_true.size, sketch=sketch
    )
