"""One key orders a board: total, stable, as the tuple of what decides, never led by what is no score."""

import math
import struct
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scoring.order import ascending, descending, generation_of, order_key

START = datetime(2026, 11, 1, tzinfo=UTC)
ODD = [0.0, -0.0, 5e-324, -5e-324, 1e308, -1e308, 0.5, 1.0, 1 + 2**-52]

finite = st.one_of(st.sampled_from(ODD), st.floats(allow_nan=False, allow_infinity=False))
no_score = st.sampled_from([None, math.nan, -math.nan, math.inf, -math.inf])
tie = st.one_of(no_score, finite)
# A clock that goes back: instants do not follow the numbers, and lie before 1970 too.
entry = st.tuples(
    finite,
    st.lists(tie, max_size=3),
    st.integers(-(10**12), 10**12).map(lambda us: START + timedelta(microseconds=us * 100)),
    st.integers(0, 2**64 - 1),
    st.integers(0, 3),
)


def key(one, higher):
    score, ties, at, number, generation = one
    return order_key(score, ties, at, number, higher_is_better=higher, generation=generation)


def plain(one, higher):
    """What the key stands for, compared as Python compares tuples."""
    score, ties, at, number, generation = one
    turned = [
        (1, 0.0) if tie is None or not math.isfinite(tie) else (0, -tie)
        for tie in (*ties, None, None, None)[:3]
    ]
    return (-generation, -score if higher else score, turned, at, number)


@given(entry, entry, st.booleans())
@example((0.0, [], START, 1, 0), (-0.0, [], START, 2, 0), True)
@example((1e308, [None], START, 2, 0), (1e308, [-0.0], START, 2, 0), False)
def test_keys_compare_as_what_they_are_made_of(one, other, higher):
    mine, theirs = plain(one, higher), plain(other, higher)
    keys = key(one, higher), key(other, higher)
    assert (keys[0] < keys[1]) == (mine < theirs)
    assert (keys[0] == keys[1]) == (mine == theirs)
    assert [len(made) for made in keys] == [52, 52]
    assert generation_of(keys[0]) == one[4]


@given(no_score, st.booleans())
def test_what_is_no_number_has_no_key(score, higher):
    assert order_key(score, (), START, 1, higher_is_better=higher) is None


@given(finite, finite)
def test_numbers_alone(one, other):
    assert (ascending(one) < ascending(other)) == (one < other)
    assert (descending(one) < descending(other)) == (one > other)


def test_a_known_key_stays_what_it_is():
    """Rows of a database hold these bytes: another encoding needs a migration."""
    made = order_key(0.5, [None, 2.0], START, 7, higher_is_better=True, generation=1)
    assert made is not None
    numbers = struct.unpack(">I6Q", made)
    assert numbers == (2**32 - 2, 0x401FFFFFFFFFFFFF, 2**64 - 1, 0x3FFFFFFFFFFFFFFF, 2**64 - 1,
                       2**63 + int(START.timestamp()) * 10**6, 7)  # fmt: skip


def test_a_naive_instant_is_refused():
    with pytest.raises(TypeError):
        order_key(1.0, (), datetime(2026, 11, 1), 1, higher_is_better=True)  # noqa: DTZ001
