"""Metrics computed from others by a formula of the organizer's. Pure; the formula is only ever arithmetic.

`accuracy / log10(parameters)`: keys of metrics, numbers, `+ - * / **`, and min, max, abs, sqrt, log, log2,
log10 and exp. Evaluated by `simpleeval`, with these functions and nothing else: no attribute, no index, no
comprehension.
"""

import ast
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from simpleeval import InvalidExpression, SimpleEval

from scoring.contract import BootstrapRequest, MetricValue, NoInterval
from scoring.intervals.summary import summarised

FUNCTIONS = {
    "min": min, "max": max, "abs": abs, "sqrt": math.sqrt, "log": math.log, "log2": math.log2,
    "log10": math.log10, "exp": math.exp,
}  # fmt: skip
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.USub, ast.UAdd)
_NODES = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.Call, ast.Name, ast.Constant, ast.Load, *_OPERATORS)
UNDEFINED = "undefined-input"
NOT_FINITE = "non-finite-result"


class FormulaError(ValueError):
    """A formula that cannot be used; `str()` says why."""


class Formula(Protocol):
    """What is needed of a manifest's derived metric."""

    @property
    def key(self) -> str: ...  # noqa: D102
    @property
    def formula(self) -> str: ...  # noqa: D102
    @property
    def higher_is_better(self) -> bool: ...  # noqa: D102


class _Value(NamedTuple):
    value: float | None
    reason: str


def check_formula(formula: str, keys: Iterable[str]) -> None:
    """Check a formula before it is ever used.

    Args:
        formula: as the organizer wrote it.
        keys: of the metrics it may name.

    Raises:
        FormulaError: it is no arithmetic, or names something that is neither a metric nor a function.
    """
    try:
        tree = ast.parse(formula, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise FormulaError("it is not a formula") from error
    known = {*keys, *FUNCTIONS}
    for node in ast.walk(tree):
        if not isinstance(node, _NODES):
            raise FormulaError(f"{type(node).__name__.lower()} is not arithmetic")
        if isinstance(node, ast.Call) and (not isinstance(node.func, ast.Name) or node.keywords):
            raise FormulaError("only the functions " + ", ".join(FUNCTIONS) + " can be called")
        if isinstance(node, ast.Name) and node.id not in known:
            raise FormulaError(f"{node.id!r} is neither a metric nor a function")
        if isinstance(node, ast.Constant) and type(node.value) not in {int, float}:
            raise FormulaError("only numbers can be written out")


def names_in(formula: str) -> frozenset[str]:
    """Return what a formula that was checked names."""
    return frozenset(
        node.id for node in ast.walk(ast.parse(formula, mode="eval")) if isinstance(node, ast.Name)
    )


def inputs_of(key: str, formulas: Sequence[Formula]) -> tuple[str, ...]:
    """Return the keys that decide a metric: itself, and what its formula names, and theirs.

    Args:
        key: of the metric.
        formulas: of the manifest; each uses those before it alone.
    """
    found = {key}
    for formula in reversed(formulas):
        if formula.key in found:
            found |= names_in(formula.formula) - FUNCTIONS.keys()
    return tuple(sorted(found))


def derive(
    metrics: Sequence[MetricValue], formulas: Sequence[Formula], bootstrap: BootstrapRequest | None = None
) -> tuple[MetricValue, ...]:
    """Return the metrics with the derived ones after them, for every split that has any.

    Args:
        metrics: as the scorer reported them.
        formulas: of the manifest; each may use those before it.
        bootstrap: how intervals were asked for; a derived one's replicates are the formula of its inputs'.

    Raises:
        FormulaError: a formula cannot be used: a fault of the problem.
    """
    found = list(metrics)
    for split in dict.fromkeys(metric.split for metric in metrics):
        known = {metric.key: metric for metric in metrics if metric.split == split}
        for formula in formulas:
            check_formula(formula.formula, known)
            value, reason = _evaluated(formula.formula, {key: one.value for key, one in known.items()})
            derived = MetricValue(
                key=formula.key,
                split=split,
                value=value,
                higher_is_better=formula.higher_is_better,
                reason=reason,
            )
            if bootstrap is not None and value is not None:
                derived = summarised(derived, _replicates(formula.formula, known), bootstrap)
            known[formula.key] = derived
            found.append(derived)
    return tuple(found)


def _replicates(formula: str, known: Mapping[str, MetricValue]) -> list[float] | NoInterval:
    """Return the formula of every replicate; what was measured is the same in all of them."""
    inputs = [known[name] for name in sorted(names_in(formula) & known.keys())]
    drawn = [one for one in inputs if one.replicates]
    if not drawn or any(not one.replicates and one.no_interval is not NoInterval.MEASURED for one in inputs):
        return NoInterval.INPUTS
    found = []
    for place in range(len(drawn[0].replicates)):
        values = {one.key: one.replicates[place] if one.replicates else one.value for one in inputs}
        value = _evaluated(formula, values).value
        found.append(math.nan if value is None else value)
    return found


def _evaluated(formula: str, values: Mapping[str, float | None]) -> _Value:
    if any(values.get(name, 0.0) is None for name in names_in(formula)):
        return _Value(None, UNDEFINED)
    try:
        value = float(SimpleEval(names=dict(values), functions=FUNCTIONS).eval(formula))
    except (ArithmeticError, ValueError, TypeError, InvalidExpression):
        return _Value(None, NOT_FINITE)
    return _Value(value, "") if math.isfinite(value) else _Value(None, NOT_FINITE)
