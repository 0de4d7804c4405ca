"""The supervisor's own line of points."""

from itertools import pairwise

from sandboxes.inside.line import FIRST_INTERVAL_S, MAX_POINTS, Line
from sandboxes.results import MAX_SAMPLES


def test_the_host_takes_as_many_points_as_are_sent():
    assert MAX_POINTS <= MAX_SAMPLES


def test_points_too_near_are_left_out():
    line = Line()
    for at_s in (0.0, 0.01, 0.02, FIRST_INTERVAL_S, FIRST_INTERVAL_S + 0.01):
        line.add(at_s, at_s / 2, 7)
    assert line.points == [(0.0, 0.0, 7), (FIRST_INTERVAL_S, FIRST_INTERVAL_S / 2, 7)]


def test_a_line_of_an_hour_is_short_and_even():
    line = Line()
    for hundredth in range(360_000):
        line.add(hundredth / 100, 0.0, hundredth)
    assert MAX_POINTS / 2 - 1 <= len(line.points) < MAX_POINTS
    gaps = [after[0] - before[0] for before, after in pairwise(line.points)]
    assert max(gaps) < 1.2 * min(gaps)
    assert line.points[-1][0] > 3600 - 2 * max(gaps)
