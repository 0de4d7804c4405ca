"""Numbers that a runner or a grader measured: named here for direction, bounds and unit, computed nowhere."""

from typing import Any

from scoring.catalogue.metric import INF, Family, Metric, Wants

_MODEL = "stats.json of the model runner"


def _measured(scorer: str, name: str, formula: str, **rest: Any) -> Metric:  # noqa: ANN401
    return Metric(
        name=name,
        family=Family.RESOURCE,
        wants=Wants.MEASURED,
        higher_is_better=rest.pop("higher_is_better", True),
        bounds=rest.pop("bounds", (0.0, 1.0)),
        formula=formula,
        source=rest.pop("source", f"scorer {scorer}"),
        scorer=scorer,
        **rest,
    )


def _cost(scorer: str, name: str, unit: str, formula: str, **rest: Any) -> Metric:  # noqa: ANN401
    return _measured(scorer, name, formula, unit=unit, higher_is_better=False, bounds=(0.0, INF), **rest)


_ANY: dict[str, Any] = {"bounds": (-INF, INF), "unit": "reward"}

METRICS: tuple[Metric, ...] = (
    _measured("function", "tests_passed", "sum(weights of passed tests) / sum(weights)"),
    _cost(
        "arrays",
        "parameters",
        "count",
        "numbers that the file stores; of scikit-learn those in arrays and lists",
        source=_MODEL,
    ),
    _cost("arrays", "size_bytes", "byte", "size of the submitted file", source=_MODEL),
    *(
        _cost("arrays", f"latency_ms_p{share}", "ms", f"{words} of the time of single samples", source=_MODEL)
        for share, words in ((50, "median"), (95, "95th percentile"), (99, "99th percentile"))
    ),
    _measured("service", "answers_correct", "share of requests that were answered rightly"),
    _measured(
        "service", "throughput_rps", "answers per second while measuring", bounds=(0.0, INF), unit="1/s"
    ),
    _measured("service", "errors", "share of requests without an answer", higher_is_better=False),
    *(
        _cost("service", f"latency_ms_p{share}", "ms", f"{words} of the time of answers")
        for share, words in ((50, "median"), (95, "95th percentile"), (99, "99th percentile"))
    ),
    _measured("cases", "cases_passed", "share of cases with a whole score"),
    _measured("cases", "cases_mean", "mean of the cases' scores"),
    _measured("cases", "cases_min", "lowest of the cases' scores"),
    _measured("cases", "cases_weighted", "sum(w score) / sum(w)"),
    _measured("cases", "cases_sum", "sum of the cases' scores", bounds=(0.0, INF), unit="case"),
    _measured(
        "cases",
        "points",
        "sum over subtasks of points times score; without subtasks one point for each case",
        bounds=(0.0, INF),
        unit="point",
    ),
    _measured("interactive", "episodes_mean", "mean of the episodes' scores", **_ANY),
    _measured("interactive", "episodes_sum", "sum of the episodes' scores", **_ANY),
    _measured("interactive", "episodes_min", "lowest of the episodes' scores", **_ANY),
    _measured("interactive", "episodes_passed", "share of episodes that were solved"),
)
