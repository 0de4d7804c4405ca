"""Errors carry a stable code, a public message and nothing private in it."""

import inspect

import pytest

from judge import errors
from judge.messages import CATALOGUE, render

CLASSES = [
    found for _, found in inspect.getmembers(errors, inspect.isclass) if issubclass(found, errors.JudgeError)
]


@pytest.mark.parametrize("kind", CLASSES)
def test_defaults_are_complete(kind: type[errors.JudgeError]) -> None:
    assert kind.__doc__
    params = {"limit": 5, "renews_at": "then", "limit_mib": "1"}
    error = kind(params=params, detail="/secret/path")
    assert error.code == kind.default_code
    assert error.code == error.code.lower()
    assert "/secret/path" not in error.formatted()
    assert "{" not in error.formatted()
    assert 400 <= error.status <= 500


def test_messages_render_whatever_the_parameters() -> None:
    for code in CATALOGUE:
        assert render(code, {})
    assert render("no-such-code", {"a": 1}) == "no-such-code"
    assert render("time-limit", {"limit_s": 3}) == "Your program was stopped after 3 seconds."
