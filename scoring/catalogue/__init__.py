"""Every metric that a problem may name: what it is, not how it is computed. No heavy import here."""

import difflib
from collections.abc import Mapping

from scoring.catalogue import (
    classification,
    code,
    entities,
    multilabel,
    probabilistic,
    ranking,
    regression,
    resource,
    survival,
    text,
    vision,
)
from scoring.catalogue.metric import Metric, Value, Wants
from scoring.errors import ScorerMisconfigured

Params = Mapping[str, Value]

_FAMILIES = (
    classification, multilabel, probabilistic, regression, ranking, survival, text, entities, vision, code,
    resource,
)  # fmt: skip
_ALL: tuple[Metric, ...] = tuple(metric for family in _FAMILIES for metric in family.METRICS)
_COMPUTED: Mapping[str, Metric] = {metric.name: metric for metric in _ALL if not metric.scorer}
_MEASURED: Mapping[tuple[str, str], Metric] = {
    (metric.scorer, metric.name): metric for metric in _ALL if metric.scorer
}
_MEASURED_ANYWHERE: Mapping[str, Metric] = {name: metric for (_, name), metric in _MEASURED.items()}


def list_metrics() -> tuple[Metric, ...]:
    """Return every metric, by family and in the order of its documentation."""
    return _ALL


def measured_by(scorer: str) -> Mapping[str, Metric]:
    """Return the metrics that a scorer reports without the registry, by name."""
    return {name: metric for (owner, name), metric in _MEASURED.items() if owner == scorer}


def find_metric(name: str, scorer: str = "arrays") -> Metric:
    """Return the metric called `name`.

    Args:
        name: as a problem names it.
        scorer: whose measured one is meant, where several measure something of that name.

    Raises:
        ScorerMisconfigured: there is none; the message names the ones spelled alike.
    """
    found = _COMPUTED.get(name) or _MEASURED.get((scorer, name)) or _MEASURED_ANYWHERE.get(name)
    if found is None:
        known = [*_COMPUTED, *_MEASURED_ANYWHERE]
        close = difflib.get_close_matches(name, known, n=3)
        hint = f"; did you mean {' or '.join(close)}?" if close else ""
        raise ScorerMisconfigured(f"unknown metric {name!r}{hint} `judge metrics` lists all")
    return found


def check_params(metric: Metric, params: Params) -> None:
    """Check that `params` are parameters of `metric`, of the right type and within their bounds.

    Raises:
        ScorerMisconfigured: an unknown parameter, or one that cannot be.
    """
    known = {param.name: param for param in metric.keywords}
    for name, value in params.items():
        if name not in known:
            have = f"it has {', '.join(known)}" if known else "it has none"
            raise ScorerMisconfigured(f"metric {metric.name} has no parameter {name!r}; {have}")
        if fault := known[name].fault(value):
            raise ScorerMisconfigured(f"metric {metric.name}: {fault}")


__all__ = ["Metric", "Params", "Wants", "check_params", "find_metric", "list_metrics", "measured_by"]
