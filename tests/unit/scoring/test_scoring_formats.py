"""Overall rankings: each format by hand, and what holds for all of them whatever the scores and the clock."""

import json
import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.formats import Format, Scale, Setting, overall
from scoring.leaderboard import Board, Candidate, Policy, Rules, Scored, Subtask

START = datetime(2026, 11, 1, tzinfo=UTC)
FREEZE = START + timedelta(minutes=240)
ADDED = [one for one in Format if one is not Format.PROBLEMS]


def candidate(number, minute=0, public=None, private=None, **more):
    return Candidate(
        number, number, START + timedelta(minutes=minute), Scored(public), Scored(private), **more
    )


def _down(number, minute, score):
    return candidate(number, minute, score, higher_is_better=False)


def lines(format, candidates, *, scales=None, rules=None):
    scales = scales or {number: Scale() for number in candidates}
    setting = Setting(format, rules or Rules(), scales, candidates, START)
    return {line.board: line for line in overall(setting)}


odd = st.one_of(st.sampled_from([None, math.nan, math.inf, -math.inf, 1e308, -1e308, -0.0]), st.floats())
parts = st.lists(
    st.builds(
        Subtask,
        st.sampled_from("ab"),
        st.sampled_from(["public", "private"]),
        st.floats(0, 10),
        st.just(10.0),
    ),
    max_size=3,
)
scales = st.dictionaries(
    st.integers(1, 3),
    st.builds(Scale, st.floats(-1e3, 0), st.floats(0.5, 1e3), st.floats(0.1, 1e3)),
    min_size=1,
    max_size=3,
)


@st.composite
def teams(draw):
    problems = draw(scales)
    numbers = iter(draw(st.permutations(range(1, 40))))
    candidates = {
        problem: [
            candidate(
                next(numbers),
                draw(st.integers(-10, 300)),
                draw(odd),
                draw(odd),
                verdict=draw(st.sampled_from(["AC", "WA", "CE"])),
                late_factor=draw(st.floats(0, 1)),
                subtasks=tuple(draw(parts)),
            )
            for _ in range(draw(st.integers(0, 4)))
        ]
        for problem in problems
    }
    rules = Rules(draw(st.sampled_from(Policy)), 2, draw(st.sampled_from([None, FREEZE])))
    return Setting(draw(st.sampled_from(ADDED)), rules, problems, candidates, START)


@settings(max_examples=50)
@given(teams(), st.randoms())
def test_totals_are_real_in_bounds_and_do_not_depend_on_order(setting, random):
    once = overall(setting)
    shuffled = {
        number: random.sample(own, len(own)) for number, own in reversed(list(setting.candidates.items()))
    }
    again = Setting(setting.format, setting.rules, setting.scales, shuffled, setting.starts_at)
    assert overall(again) == once
    top = math.fsum(scale.points for scale in setting.scales.values())
    bound = len(setting.scales) if setting.format is Format.ICPC else top
    for line in once:
        assert 0 <= line.total <= bound * (1 + 1e-12)
        assert line.penalty >= 0
        assert json.loads(json.dumps(line.cells, allow_nan=False)) == line.cells
    assert len({line.board for line in once}) == len(once)


@settings(max_examples=30)
@given(st.lists(teams(), min_size=2, max_size=4))
def test_the_key_orders_by_total_then_penalty_then_time(teams):
    made = [line for team in teams if team.format is Format.ICPC for line in overall(team)]
    for one, other in pairwise(sorted(made, key=lambda line: line.order_key)):
        mine, theirs = ((-line.total, line.penalty, line.decided_at) for line in (one, other))
        assert mine <= theirs


@settings(max_examples=50)
@given(teams())
def test_what_comes_after_the_freeze_does_not_change_what_is_shown(setting):
    rules = Rules(setting.rules.policy, 2, FREEZE)
    early = {
        number: [one for one in own if one.submitted_at < FREEZE]
        for number, own in setting.candidates.items()
    }
    shown, before = (
        {line.board: line for line in overall(Setting(setting.format, rules, setting.scales, own, START))}
        for own in (setting.candidates, early)
    )
    if Board.FROZEN in before:
        assert (shown[Board.FROZEN].total, shown[Board.FROZEN].penalty) == (
            before[Board.FROZEN].total,
            before[Board.FROZEN].penalty,
        )
    elif Board.FROZEN in shown:  # ICPC tells how many runs are pending
        assert shown[Board.FROZEN].total == 0


def test_a_sum_of_normalised_scores_by_hand():
    own = {
        1: [candidate(1, 1, 0.5), candidate(2, 2, 0.75)],
        2: [_down(3, 9, 2.0)],
    }
    scales = {1: Scale(0.5, 1.0, 100), 2: Scale(10.0, 0.0, 50), 3: Scale()}
    line = lines(Format.SUM, own, scales=scales)[Board.PUBLIC]
    assert line.total == 50 + 40
    assert [cell["points"] for cell in line.cells.values()] == [50, 40]
    assert line.decided_at == START + timedelta(minutes=9)


def test_homework_counts_what_is_left_after_the_late_factor():
    own = {
        1: [candidate(1, 1, 0.6), candidate(2, 2, 0.8, late_factor=0.5), candidate(3, 3, 1, late_factor=0)]
    }
    assert lines(Format.HOMEWORK, own)[Board.PUBLIC].total == 60
    last = lines(Format.HOMEWORK, own, rules=Rules(Policy.LAST))[Board.PUBLIC]
    assert (last.total, last.cells["1"]["late_factor"]) == (0, 0)


def test_icpc_by_hand():
    def run(number, minute, verdict):
        return candidate(number, minute, verdict=verdict)

    own = {
        1: [run(1, 10, "WA"), run(2, 11, "CE"), run(3, 30, "AC"), run(4, 31, "WA")],
        2: [run(5, 50, "TLE"), run(6, 250, "AC")],
        3: [run(7, 60, "WA")],
        4: [],
    }
    found = lines(Format.ICPC, own, rules=Rules(freeze_at=FREEZE))
    assert (found[Board.PUBLIC].total, found[Board.PUBLIC].penalty) == (2, 30 + 20 + 250 + 20)
    assert (found[Board.FROZEN].total, found[Board.FROZEN].penalty) == (1, 50)
    assert found[Board.FROZEN].cells == {
        "1": {"solved": True, "wrong": 1, "pending": 0, "minutes": 30},
        "2": {"solved": False, "wrong": 1, "pending": 1},
        "3": {"solved": False, "wrong": 1, "pending": 0},
    }
    assert lines(Format.ICPC, {1: [run(1, 5, "CE")]}) == {}


def test_ioi_adds_the_best_of_each_subtask():
    def run(number, first, second):
        subtasks = (Subtask("a", "public", first, 30.0), Subtask("b", "public", second, 70.0))
        return candidate(number, number, 0.1, subtasks=subtasks)

    own = {1: [run(1, 30, 0), run(2, 0, 35), run(3, 10, 10)], 2: [candidate(4, 4, 0.25)]}
    line = lines(Format.IOI, own, scales={1: Scale(points=200), 2: Scale()})[Board.PUBLIC]
    assert line.total == 2 * 65 + 25
    assert line.cells["1"]["subtasks"] == {"a": 30, "b": 35}
    assert line.decided_at == START + timedelta(minutes=4)


@pytest.mark.parametrize("format", ADDED)
def test_a_team_with_nothing_has_no_line(format):
    assert lines(format, {1: []}) == {}
    assert lines(Format.PROBLEMS, {1: [candidate(1, 1, 0.5)]}) == {}
