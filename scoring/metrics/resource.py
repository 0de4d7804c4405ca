"""Numbers that a runner measured: named here for direction and bounds, computed nowhere."""

from scoring.metrics.base import Family, Metric, Wants


def _measured(name: str, meaning: str) -> Metric:
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
    _measured("parameters", "number of trained numbers in the model"),
    _measured("size_bytes", "size of the submitted file"),
    _measured("latency_ms_p50", "median milliseconds per single sample"),
    _measured("latency_ms_p95", "95th percentile of milliseconds per single sample"),
)
