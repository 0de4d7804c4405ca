"""Numbers that a runner or grader measured: named here for direction and bounds, computed nowhere."""

from scoring.metrics.base import Family, Metric, Wants


def _measured(name: str, meaning: str) -> Metric:
    """Return a cost reported by the model runner."""
    return Metric(
        name=name,
        family=Family.RESOURCE,
        wants=Wants.MEASURED,
        higher_is_better=False,
        bounds=(0.0, float("inf")),
        formula=meaning,
        source="stats.json of the model runner",
    )


METRICS: tuple[Metric, ...] = (
    Metric(
        name="tests_passed",
        family=Family.RESOURCE,
        wants=Wants.MEASURED,
        higher_is_better=True,
        bounds=(0.0, 1.0),
        formula="sum(weights of passed tests) / sum(weights)",
        source="scorer `function`",
    ),
    _measured("parameters", "number of trained numbers in the model"),
    _measured("size_bytes", "size of the submitted file"),
    _measured("latency_ms_p50", "median milliseconds per single sample"),
    _measured("latency_ms_p95", "95th percentile of milliseconds per single sample"),
)
