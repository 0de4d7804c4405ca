"""What is known of a problem's metrics before any is computed: direction, bounds, and why one cannot be."""

from dataclasses import dataclass
from math import isfinite

from problems.schema import Metric as MetricRule
from problems.schema import Scoring, Spec
from scoring.catalogue import check_params, find_metric, measured_by
from scoring.catalogue.fit import COMPUTING, misfit
from scoring.errors import ScorerMisconfigured

_ORGANIZERS = frozenset({"custom", "command"})


@dataclass(frozen=True, slots=True)
class MetricFacts:
    """What is known of one metric.

    Attributes:
        name: as the manifest has it.
        unknown: why there is no metric of this name; "" when there is.
        bad_param: what is wrong with its parameters.
        unfit: why this problem cannot have it.
        higher_is_better: direction.
        lowest, highest: bounds; None where there is none.
    """

    name: str
    unknown: str = ""
    bad_param: str = ""
    unfit: str = ""
    higher_is_better: bool = True
    lowest: float | None = None
    highest: float | None = None


def metric_facts(spec: Spec) -> dict[str, MetricFacts]:
    """Return what is known of the metrics of a problem, by key; derived ones are not among them."""
    subtasks = _subtask_metrics(spec)
    return {metric.key: _facts(spec.scoring, metric, subtasks) for metric in spec.scoring.metrics}


def _subtask_metrics(spec: Spec) -> tuple[str, ...]:
    rules = spec.program.cases if spec.program else None
    return tuple(f"subtask_{subtask.name}" for subtask in rules.subtasks) if rules else ()


def _facts(scoring: Scoring, asked: MetricRule, subtasks: tuple[str, ...]) -> MetricFacts:
    scorer, name = scoring.scorer, asked.name
    if scorer in _ORGANIZERS:
        return MetricFacts(name, higher_is_better=asked.higher_is_better is not False)
    if scorer not in COMPUTING:
        if name in subtasks:
            return MetricFacts(name, lowest=0.0, highest=1.0)
        known = sorted({*measured_by(scorer), *subtasks})
        if name not in known:
            return MetricFacts(name, f"scorer {scorer} has no metric {name!r}; it has {', '.join(known)}")
    try:
        metric = find_metric(name, scorer)
    except ScorerMisconfigured as error:
        return MetricFacts(name, str(error))
    lowest, highest = metric.bounds
    return MetricFacts(
        name,
        bad_param=_param_fault(name, scorer, asked),
        unfit=misfit(metric, scorer, scoring.options),
        higher_is_better=metric.higher_is_better,
        lowest=lowest if isfinite(lowest) else None,
        highest=highest if isfinite(highest) else None,
    )


def _param_fault(name: str, scorer: str, asked: MetricRule) -> str:
    if asked.params and scorer not in COMPUTING:
        return f"metrics of scorer {scorer} take no parameters"
    try:
        check_params(find_metric(name, scorer), asked.params)
    except ScorerMisconfigured as error:
        return str(error)
    return ""
