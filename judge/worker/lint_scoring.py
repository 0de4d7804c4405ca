"""Checks the part of a manifest that the judge and its scorers give a meaning to, before anything is run.

Codes: bad-option, unknown-metric, bad-param, metric-unfit, bad-formula
"""

import difflib
from collections.abc import Iterator

from pydantic import ValidationError

from judge.worker.material import INPUTS
from judge.worker.metric_facts import metric_facts
from problems.casenames import list_cases
from problems.errors import Finding
from problems.lint import lines_of
from problems.loader import MANIFEST, Package
from problems.manifest import Lines
from problems.schema import Scoring, Spec
from scoring.contract import Strict
from scoring.derived import FormulaError, check_formula
from scoring.options import SCORER_OPTIONS, CasesOptions, CommandOptions, TableOptions


def lint_scoring(package: Package) -> list[Finding]:
    """Check options, metrics, their parameters and formulas.

    Args:
        package: a loaded package.

    Returns:
        Findings, with lines of the manifest.
    """
    lines, spec = lines_of(package), package.spec
    options = _check_options(package, lines)
    return [*options, *_check_metrics(spec, lines), *_check_formulas(spec.scoring, lines)]


def _check_options(package: Package, lines: Lines) -> Iterator[Finding]:
    scoring = package.spec.scoring
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
    if isinstance(options, CasesOptions):
        inputs = {entry.name.removeprefix(INPUTS) for entry in package.below(INPUTS)}
        unknown = sorted(set(options.weights) - set(list_cases(inputs))) if inputs else []
        for name in unknown:
            message = f"options.weights names {name!r}, and there is no such case in {INPUTS}"
            yield Finding("bad-option", message, MANIFEST, lines.of(*place, "weights", name))


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
    facts = metric_facts(spec)
    for at, metric in enumerate(spec.scoring.metrics):
        fact, place = facts[metric.key], ("scoring", "metrics", at)
        if fact.unknown:
            yield Finding("unknown-metric", fact.unknown, MANIFEST, lines.of(*place, "name"))
        if fact.bad_param:
            yield Finding("bad-param", fact.bad_param, MANIFEST, lines.of(*place, "params"))
        if fact.unfit:
            yield Finding("metric-unfit", fact.unfit, MANIFEST, lines.of(*place, "name"))


def _check_formulas(scoring: Scoring, lines: Lines) -> Iterator[Finding]:
    keys = [metric.key for metric in scoring.metrics]
    for at, derived in enumerate(scoring.derived):
        try:
            check_formula(derived.formula, keys)
        except FormulaError as error:
            place = lines.of("scoring", "derived", at, "formula")
            yield Finding("bad-formula", f"{derived.name}: {error}", MANIFEST, place)
        keys.append(derived.key)
