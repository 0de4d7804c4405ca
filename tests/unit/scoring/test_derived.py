"""Derived metrics: arithmetic and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from problems.schema import DerivedMetric
from scoring.contract import MetricValue
from scoring.derived import FormulaError, check_formula, derive


def value(key, number, split="public"):
    return MetricValue(key=key, split=split, value=number, higher_is_better=True)


def derived(formula, **numbers):
    made = derive(
        [value(key, number) for key, number in numbers.items()], [DerivedMetric(name="d", formula=formula)]
    )
    return made[-1].value, made[-1].reason


def test_formulas_are_computed_in_every_split():
    metrics = [value("a", 2.0), value("a", 3.0, "private"), value("b", 4.0), value("b", 5.0, "private")]
    made = derive(
        metrics,
        [DerivedMetric(name="c", formula="max(a, 1) * b / 2"), DerivedMetric(name="d", formula="c + 1")],
    )
    assert [(one.key, one.split, one.value) for one in made[4:]] == [
        ("c", "public", 4.0), ("d", "public", 5.0), ("c", "private", 7.5), ("d", "private", 8.5)
    ]  # fmt: skip


@pytest.mark.parametrize(
    "formula", ["a / (a - a)", "log(0 * a)", "10 ** 10 ** 10 * a", "exp(1e9)", "sqrt(-a)", "(-a) ** 0.5"]
)
def test_what_has_no_value_has_a_reason(formula):
    assert derived(formula, a=1.0) == (None, "non-finite-result")


def test_an_undefined_input_makes_it_undefined():
    assert derived("a + 1", a=None) == (None, "undefined-input")


@pytest.mark.parametrize(
    "formula",
    [
        "__import__('os')", "a.real", "[a]", "a if a else 1", "(lambda: 1)()",
        "open('x')", "a and 1", "'x' * 9", "a[0]",
        "min(a, key=a)", "b", "a +", "", "a == a", "f'{a}'", "a // 2", "a << 9", "True",
    ],
)  # fmt: skip
def test_anything_else_is_refused(formula):
    with pytest.raises(FormulaError):
        check_formula(formula, ["a"])


@given(st.text(alphabet="ab+-*/()., 0123456789e", max_size=40))
def test_no_text_does_more_than_be_refused(formula):
    try:
        check_formula(formula, ["a", "b"])
    except FormulaError:
        return
    number, reason = derived(formula, a=2.0, b=0.5)
    assert (number is None) == bool(reason)
