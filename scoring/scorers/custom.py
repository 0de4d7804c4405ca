"""Scorer `custom`: the organizer's `scorer.py`, with the contract of the built-in ones."""

import importlib.util
import io
from pathlib import Path
from types import ModuleType

from scoring.contract import (
    MAX_PLOT_BYTES,
    MetricValue,
    Plot,
    ReportStatus,
    ScoringReport,
    ScoringRequest,
)
from scoring.custom import Refused, Result, Submission
from scoring.errors import ScorerMisconfigured, SubmissionRefused
from scoring.options import CustomOptions
from scoring.scorers import Places

SCORER_FILE = "scorer.py"
OUTPUT = Path("/job/out")
MAX_PIXELS = 4_000_000


def score_custom(request: ScoringRequest, places: Places) -> ScoringReport:
    """Run the organizer's scorer.

    Args:
        request: with `CustomOptions`.
        places: where the files are.

    Raises:
        SubmissionRefused: the scorer refused the submission.
        ScoringError: the scorer did not report what the problem promises. Whatever else it raises is passed
            on: it is a fault of the scorer.
    """
    options = CustomOptions.model_validate(request.options)
    module = _load(places.inputs / SCORER_FILE)
    submission = Submission(
        path=places.inputs / request.submission,
        reference=places.inputs / request.reference,
        parameters=options.parameters,
        seed=request.seed,
        extra={name: places.inputs / file for name, file in request.extra.items()},
    )
    try:
        result = module.score(submission)
    except Refused as refused:
        raise SubmissionRefused((refused.message,)) from None
    if not isinstance(result, Result):
        raise ScorerMisconfigured(f"score() returned {type(result).__name__}, not scoring.custom.Result")
    return _report(request, result)


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("scorer", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ScorerMisconfigured(f"there is no {SCORER_FILE}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not callable(getattr(module, "score", None)):
        raise ScorerMisconfigured(f"{SCORER_FILE} defines no function score")
    return module


def _report(request: ScoringRequest, result: Result) -> ScoringReport:
    directions = {metric.key: metric.higher_is_better for metric in request.metrics}
    found = {name for name, _, _ in result.metrics}
    wanted = set(directions)
    if found != wanted:
        raise ScorerMisconfigured(f"scorer.py reported {sorted(found)}; problem.yaml names {sorted(wanted)}")
    values = result.values({key: direction is not False for key, direction in directions.items()})
    plots = tuple(_written(number, plot, body) for number, (plot, body) in enumerate(result.plots))
    return ScoringReport(
        status=ReportStatus.SCORED,
        metrics=tuple(_with_interval(request, result, one) for one in values),
        cases=tuple(result.cases),
        tables=tuple(result.tables),
        plots=plots,
    )


def _with_interval(request: ScoringRequest, result: Result, value: MetricValue) -> MetricValue:
    rows = result.rows.get((value.key, value.split))
    if rows is None or request.bootstrap is None:
        return value
    from scoring.intervals.row_means import with_rows  # NumPy, which not every scorer needs

    return with_rows(value, rows, request.bootstrap, seed=request.seed)


def _written(number: int, plot: Plot, body: bytes) -> Plot:
    """Write a picture beside the report; of a PNG only the pixels go on."""
    if plot.media_type == "image/png":
        from PIL import Image

        Image.MAX_IMAGE_PIXELS = MAX_PIXELS
        sink = io.BytesIO()
        with Image.open(io.BytesIO(body), formats=["PNG"]) as picture:
            picture.convert("RGBA").save(sink, format="PNG", optimize=True)
        body = sink.getvalue()
    if len(body) > MAX_PLOT_BYTES:
        raise ScorerMisconfigured(f"plot {plot.name} has {len(body)} bytes; at most {MAX_PLOT_BYTES}")
    (OUTPUT / f"plot-{number}").write_bytes(body)
    return plot
