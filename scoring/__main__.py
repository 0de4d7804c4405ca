"""`python -m scoring`: the program of the trusted sandbox.

Exit code 0 always comes with a report; anything else is a fault of the request, the reference or the
scorer, told on stderr for administrators, and never the participant's.
"""

import argparse
import time
from pathlib import Path

from scoring.contract import MetricValue, NoInterval, ReportStatus, ScoringReport, ScoringRequest
from scoring.errors import ScorerMisconfigured, SubmissionRefused
from scoring.scorers import Places, find_scorer

_JOB = Path("/job")


def score(request: ScoringRequest, places: Places) -> ScoringReport:
    """Run the scorer that the request names.

    Args:
        request: what to score and how.
        places: where the files are.

    Raises:
        ScoringError: the request or the reference is broken.
    """
    started_s = time.perf_counter()
    keys = [metric.key for metric in request.metrics]
    if len(set(keys)) != len(keys):
        raise ScorerMisconfigured(f"two metrics have the same key: {keys}")
    try:
        report = find_scorer(request.scorer)(request, places)
    except SubmissionRefused as refusal:
        report = ScoringReport(status=ReportStatus.REFUSED, messages=refusal.messages)
    if (
        request.primary
        and report.status is ReportStatus.SCORED
        and request.primary not in {m.key for m in report.metrics}
    ):
        raise ScorerMisconfigured(f"primary metric {request.primary!r} is not among those computed")
    metrics = tuple(_explained(metric) for metric in report.metrics) if request.bootstrap else report.metrics
    report = report.model_copy(update={"metrics": metrics})
    return report.model_copy(update={"scorer_time_s": round(time.perf_counter() - started_s, 6)})


def _explained(metric: MetricValue) -> MetricValue:
    """Return the metric with the reason why it has no interval, where its scorer knows nothing of them."""
    is_told = metric.value is None or metric.interval is not None or metric.no_interval is not None
    return metric if is_told else metric.model_copy(update={"no_interval": NoInterval.ROWLESS})


def main() -> None:
    """Read the request, score, write the report."""
    parser = argparse.ArgumentParser(prog="python -m scoring", description=__doc__)
    parser.add_argument("--request", type=Path, default=_JOB / "in" / "request.json")
    parser.add_argument("--report", type=Path, default=_JOB / "out" / "report.json")
    parser.add_argument("--input-dir", type=Path, default=_JOB / "in")
    parser.add_argument("--channel", type=Path, default=_JOB / "chan")
    args = parser.parse_args()
    request = ScoringRequest.model_validate_json(args.request.read_bytes())
    report = score(request, Places(inputs=args.input_dir, channel=args.channel))
    # Pydantic writes no NaN: every number of the contract is finite by type.
    args.report.write_text(report.model_dump_json(), encoding="utf-8")


if __name__ == "__main__":
    main()
