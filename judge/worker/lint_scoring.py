"""Checks the part of a manifest that the judge and its scorers give a meaning to, before anything is run.

Codes: bad-option, unknown-metric, bad-param, metric-unfit, bad-formula, metrics-unchecked
"""

import difflib
import subprocess
import sys
from collections.abc import Iterator, Mapping

from pydantic import ValidationError

from problems.errors import Finding
from problems.lint import lines_of
from problems.loader import MANIFEST, Package
from problems.manifest import Lines
from problems.schema import Scoring, Spec
from scoring.contract import MetricRequest, Strict
from scoring.derived import FormulaError, check_formula
from scoring.facts import ANSWER, ASKED, MetricFacts
from scoring.options import SCORER_OPTIONS, CommandOptions, TableOptions

_TIMEOUT_S = 120.0
_SHARE = {"lowest": 0.0, "highest": 1.0}
_BELOW = {"higher_is_better": False, "lowest": 0.0}
# Scorers with metrics of their own; all others are the registry's, or the organizer's.
_OWN: Mapping[str, Mapping[str, Mapping[str, object]]] = {
    "function": {"tests_passed": _SHARE},
    "interactive": {
        "episodes_mean": {}, "episodes_sum": {}, "episodes_min": {}, "episodes_passed": _SHARE
    },
    "service": {
        "answers_correct": _SHARE, "throughput_rps": {"lowest": 0.0},
        "errors": {"higher_is_better": False, **_SHARE},
        **{f"latency_ms_p{share}": _BELOW for share in (50, 95, 99)},
    },
    "cases": {
        "points": {"lowest": 0.0}, "cases_sum": {"lowest": 0.0},
        **{f"cases_{name}": _SHARE for name in ("passed", "mean", "min", "weighted")},
    },
}  # fmt: skip
_REGISTRY = frozenset({"table", "arrays"})


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

    Raises:
        ModuleNotFoundError: the libraries of metrics are not installed here.
    """
    if scoring.scorer in _REGISTRY:
        return _ask_registry(scoring)
    known = _OWN.get(scoring.scorer)
    if known is None:
        return {
            metric.key: MetricFacts(name=metric.name, higher_is_better=metric.higher_is_better is not False)
            for metric in scoring.metrics
        }
    known = {**known, **dict.fromkeys(names, _SHARE)}
    facts = {}
    for metric in scoring.metrics:
        if metric.name in known:
            facts[metric.key] = MetricFacts.model_validate({"name": metric.name, **known[metric.name]})
        else:
            fault = (
                f"scorer {scoring.scorer} has no metric {metric.name!r}; it has {', '.join(sorted(known))}"
            )
            facts[metric.key] = MetricFacts(name=metric.name, fault=fault, is_known=False)
    return facts


def subtask_metrics(spec: Spec) -> tuple[str, ...]:
    """Return the metrics that a problem has because of its subtasks."""
    rules = spec.program.cases if spec.program else None
    return tuple(f"subtask_{subtask.name}" for subtask in rules.subtasks) if rules else ()


def _ask_registry(scoring: Scoring) -> dict[str, MetricFacts]:
    asked = tuple(
        MetricRequest(name=metric.name, label=metric.label, params=dict(metric.params))
        for metric in scoring.metrics
    )
    done = subprocess.run(
        [sys.executable, "-m", "scoring.describe"],
        input=ASKED.dump_json(asked),
        capture_output=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        raise ModuleNotFoundError(done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2])
    answer = ANSWER.validate_json(done.stdout)
    return {one.key: facts for one, facts in zip(asked, answer, strict=True)}


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
    try:
        facts = metric_facts(scoring, subtask_metrics(spec))
    except ModuleNotFoundError as error:
        message = f"metrics were not checked: {error}"
        yield Finding("metrics-unchecked", message, MANIFEST, lines.of("scoring", "metrics"), "warning")
        return
    for at, metric in enumerate(scoring.metrics):
        fact = facts[metric.key]
        place = ("scoring", "metrics", at)
        if not fact.is_known:
            yield Finding("unknown-metric", fact.fault, MANIFEST, lines.of(*place, "name"))
        elif fact.fault:
            yield Finding("bad-param", fact.fault, MANIFEST, lines.of(*place, "params"))
        elif scoring.scorer not in _REGISTRY and metric.params:
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
