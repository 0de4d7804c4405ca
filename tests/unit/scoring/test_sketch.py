"""Sketches of predictions: what share of rows two files have in common, from two KiB of each."""

import base64

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scoring_cases import Job, csv_of

from scoring.likeness import bands, share_equal
from scoring.sketch import N_ROWS, of_columns, of_records


def sketch(values, seed=1) -> bytes:
    return base64.b64decode(of_columns(np.asarray(values), seed))


def test_the_share_of_equal_rows_is_found_again():
    rng = np.random.default_rng(0)
    values = rng.random(50_000)
    changed = values.copy()
    changed[rng.random(50_000) < 0.1] = 2.0
    assert share_equal(sketch(values), sketch(changed)) == pytest.approx(0.9, abs=0.03)
    assert share_equal(sketch(values), sketch(values * (1 + 1e-9))) > 0.999  # noise in the last digits
    assert share_equal(sketch(values), sketch(rng.random(50_000))) < 0.03
    assert len(sketch(values)) == N_ROWS
    assert share_equal(sketch(values), sketch(values[:40_000])) < 0.05
    matrix = rng.random((300, 4))
    turned = matrix.copy()
    turned[:30, 3] += 0.5
    assert share_equal(sketch(matrix), sketch(turned)) == pytest.approx(0.9, abs=0.02)
    assert share_equal(b"", b"") == share_equal(b"ab", b"a") == 0.0


def test_near_ones_share_a_band_and_others_do_not():
    rng = np.random.default_rng(1)
    values = rng.random(5000)
    near = values.copy()
    near[rng.random(5000) < 0.01] = 0.5
    assert set(enumerate(bands(sketch(values)))) & set(enumerate(bands(sketch(near))))
    assert not set(enumerate(bands(sketch(values)))) & set(enumerate(bands(sketch(rng.random(5000)))))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=40))
def test_any_numbers_have_one_and_it_is_their_own(values):
    once = sketch(values)
    assert once == sketch(values)
    assert share_equal(once, once) == 1.0
    assert all(-(2**63) <= digest < 2**63 for digest in bands(once))


def test_answers_of_records_have_one():
    answers = ["Yes.", ["a", "b"], {"d1": 0.5}] * 10
    other = ["  yes. ", *answers[1:-1], "no"]
    one, two = (base64.b64decode(of_records(each, 1)) for each in (answers, other))
    assert share_equal(one, two) == pytest.approx(29 / 30, abs=0.01)


def test_a_report_has_one_where_it_is_asked_for(tmp_path):
    job = Job(tmp_path)
    assert job.score("s.csv", csv_of()).sketch == ""
    job.has_sketch = True
    assert len(base64.b64decode(job.score("s.csv", csv_of()).sketch)) == 6
