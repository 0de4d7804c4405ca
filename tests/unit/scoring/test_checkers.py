"""Built-in checkers: what is right, what is not, and that size costs no more than time."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.case_files import CheckerSpec
from scoring.checkers import Mismatch, find_mismatch

TOKENS = CheckerSpec(kind="tokens")
FLOAT = CheckerSpec(kind="float", absolute=1e-6, relative=1e-6)


@pytest.mark.parametrize(
    ("checker", "found", "right", "number"),
    [
        (TOKENS, b"1  2\n3\n\n", b"1 2 3", None),
        (TOKENS, b"1 2", b"1 2 3", 3),
        (TOKENS, b"1 2 3 4", b"1 2 3", 4),
        (TOKENS, b"Yes", b"YES", 1),
        (CheckerSpec(kind="tokens", ignore_case=True), b"Yes", b"YES", None),
        (CheckerSpec(kind="lines"), b"a b  \nc\n\n\n", b"a b\nc\n", None),
        (CheckerSpec(kind="lines"), b"a\n\nb\n", b"a\nb\n", 2),
        (CheckerSpec(kind="lines"), b"a  b\n", b"a b\n", 1),
        (CheckerSpec(kind="exact"), b"a\n", b"a\n", None),
        (CheckerSpec(kind="exact"), b"a\r\n", b"a\n", 1),
        (FLOAT, b"0.3333333 x", b"0.33333333333 x", None),
        (FLOAT, b"1000000.5", b"1000000", None),
        (FLOAT, b"1.1", b"1", 1),
        (FLOAT, b"nan", b"1", 1),
        (FLOAT, b"1e999", b"1e999", None),
        (FLOAT, b"1e999", b"2e999", 1),
        (FLOAT, b"1_0", b"10", 1),
        (FLOAT, b"inf", b"1e308", 1),
        (FLOAT, b"-0.0", b"0", None),
        (TOKENS, b"", b"", None),
        (TOKENS, b"\xff\xfe", b"x", 1),
    ],
)
def test_known_outputs(checker, found, right, number):
    mismatch = find_mismatch(checker, found, right)
    assert (mismatch.number if mismatch else None) == number


def test_units_are_named():
    assert find_mismatch(CheckerSpec(kind="lines"), b"a", b"b") == Mismatch("line", 1)
    assert find_mismatch(TOKENS, memoryview(b"a b"), b"a c") == Mismatch("word", 2)


@given(
    st.lists(st.text(alphabet="ab1. ", min_size=1, max_size=5)), st.sampled_from(["tokens", "lines", "float"])
)
def test_an_output_is_as_right_as_itself(lines, kind):
    body = "\n".join(lines).encode()
    assert find_mismatch(CheckerSpec(kind=kind), body, body) is None


def test_a_number_of_a_million_digits_is_read_as_a_word():
    began = time.perf_counter()
    assert find_mismatch(FLOAT, b"1" * 1_000_000, b"1" * 999_999) is not None
    assert find_mismatch(TOKENS, b"1 " * 1_000_000, b"1 " * 1_000_000) is None
    assert time.perf_counter() - began < 10
