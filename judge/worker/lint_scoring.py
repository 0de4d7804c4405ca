"""Checks the part of a manifest that the judge and its scorers give a meaning to, before anything is run.

Codes: bad-option, unknown-metric, bad-param, metric-unfit, bad-formula
"""

import difflib
from collections.abc import Iterator
from math import isfinite

from pydantic import ValidationError

from problems.errors import Finding
from problems.lint import lines_of
from problems.loader import MANIFEST, Package
from problems.manifest import Lines
from problems.schema import Metric as MetricRule
from problems.schema import Scoring, Spec
from scoring.catalogue import check_params, find_metric, measured_by
from scoring.contract import Strict
from scoring.derived import FormulaError, check_formula
from scoring.errors import ScorerMisconfigured
from scoring.facts import MetricFacts
from scoring.options import SCORER_OPTIONS, CommandOptions, TableOptions

# Scorers that compute metrics of the catalogue; others measure their own, or are the organizer's.
_COMPUTING = frozenset({"table", "arrays", "records"})


def lint_scoring(package: Package) -> list[Finding]:
    """Check options, metrics, their parameters and formulas.

    Args:
        package: a loaded package.

    Returns:
        Findings, with lines of the manifest.
    """
    lines, spec = lines_of(package), package.spec
    return [*_check_options(spec, lines), *_check_metrics(spec, lines), *_check_formulas(spec.scoring, lines)]


def metric_facts(scoring: Scoring, names: tuple[str, ...] = ()) -> dict[str, MetricFacts]:
    """Return what is known of the metrics of a problem, by key.

    Args:
        scoring: of its manifest.
        names: further metrics that its scorer has there, as points of subtasks.
    """
    return {metric.key: _facts(scoring.scorer, metric, names) for metric in scoring.metrics}


def _facts(scorer: str, asked: MetricRule, names: tuple[str, ...]) -> MetricFacts:
    own = measured_by(scorer)
    if scorer in ("custom", "command"):
        return MetricFacts(name=asked.name, higher_is_better=asked.higher_is_better is not False)
    if scorer not in _COMPUTING and asked.name not in own:
        if asked.name in names:
            return MetricFacts(name=asked.name, lowest=0.0, highest=1.0)
        known = ", ".join(sorted({*own, *names}))
        fault = f"scorer {scorer} has no metric {asked.name!r}; it has {known}"
        return MetricFacts(name=asked.name, fault=fault, is_known=False)
    try:
        metric = find_metric(asked.name, scorer)
    except ScorerMisconfigured as error:
        return MetricFacts(name=asked.name, fault=str(error), is_known=False)
    fault = ""
    try:
        check_params(metric, asked.params)
    except ScorerMisconfigured as error:
        fault = str(error)
    lowest, highest = metric.bounds
    return MetricFacts(
        name=asked.name,
        fault=fault,
        wants=str(metric.wants),
        higher_is_better=metric.higher_is_better,
        lowest=lowest if isfinite(lowest) else None,
        highest=highest if isfinite(highest) else None,
    )


def subtask_metrics(spec: Spec) -> tuple[str, ...]:
    """Return the metrics that a problem has because of its subtasks."""
    rules = spec.program.cases if spec.program else None
    return tuple(f"subtask_{subtask.name}" for subtask in rules.subtasks) if rules else ()


def _check_options(spec: Spec, lines: Lines) -> Iterator[Finding]:
    scoring = spec.scoring
    place = ("scoring", "options")
    try:
        options = SCORER_OPTIONS[scoring.scorer].model_validate(scoring.options)
    except ValidationError as error:
        known = list(SCORER_OPTIONS[scoring.scorer].model_fields)
        for fault in error.errors(include_url=False):
            loc = fault["loc"]
            named = ".".join(map(str, loc))
            message = f"options.{named}: {fault['msg'].removeprefix('Value error, ')}"
            if fault["type"] == "extra_forbidden":
                close = difflib.get_close_matches(str(loc[-1]), known, n=1)
                hint = f"; did you mean {close[0]!r}?" if close else f"; it has {', '.join(known)}"
                message = f"scorer {scoring.scorer} has no option {named}{hint}"
            yield Finding("bad-option", message, MANIFEST, lines.of(*place, *loc))
        return
    yield from _check_names(scoring, options, lines)


def _check_names(scoring: Scoring, options: Strict, lines: Lines) -> Iterator[Finding]:
    place = ("scoring", "options")
    if isinstance(options, TableOptions):
        names = {column.name for column in options.columns}
        for key, wanted in (
            ("prediction_column", {options.prediction_column} - {""}),
            ("probability_columns", set(options.probability_columns)),
        ):
            if unknown := wanted - names:
                message = f"options.{key} names {', '.join(sorted(unknown))}, not one of `columns`"
                yield Finding("bad-option", message, MANIFEST, lines.of(*place, key))
    if isinstance(options, CommandOptions):
        unread = {metric.key for metric in scoring.metrics} - set(options.columns.values())
        if unread:
            message = f"options.columns tells no key for {', '.join(sorted(unread))}"
            yield Finding("bad-option", message, MANIFEST, lines.of(*place, "columns"))


def _check_metrics(spec: Spec, lines: Lines) -> Iterator[Finding]:
    scoring = spec.scoring
    facts = metric_facts(scoring, subtask_metrics(spec))
    for at, metric in enumerate(scoring.metrics):
        fact = facts[metric.key]
        place = ("scoring", "metrics", at)
        if not fact.is_known:
            yield Finding("unknown-metric", fact.fault, MANIFEST, lines.of(*place, "name"))
        elif fact.fault:
            yield Finding("bad-param", fact.fault, MANIFEST, lines.of(*place, "params"))
        elif scoring.scorer not in _COMPUTING and metric.params:
            message = f"metrics of scorer {scoring.scorer} take no parameters"
            yield Finding("bad-param", message, MANIFEST, lines.of(*place, "params"))
        elif scoring.scorer == "table" and fact.wants == "measured":
            message = f"{metric.name} is measured while a model runs; scorer table runs none"
            yield Finding("metric-unfit", message, MANIFEST, lines.of(*place, "name"))
        elif (
            scoring.scorer == "table" and fact.wants == "grouped" and not scoring.options.get("group_column")
        ):
            message = f"{metric.name} needs scoring.options.group_column"
            yield Finding("metric-unfit", message, MANIFEST, lines.of(*place, "name"))


def _check_formulas(scoring: Scoring, lines: Lines) -> Iterator[Finding]:
    keys = [metric.key for metric in scoring.metrics]
    for at, derived in enumerate(scoring.derived):
        try:
            check_formula(derived.formula, keys)
        except FormulaError as error:
            place = lines.of("scoring", "derived", at, "formula")
            yield Finding("bad-formula", f"{derived.name}: {error}", MANIFEST, place)
        keys.append(derived.key)
