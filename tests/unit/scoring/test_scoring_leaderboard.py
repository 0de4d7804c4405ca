"""Which submission counts for a team: by policy, in whatever order, with odd scores and odd clocks."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.leaderboard import Board, Candidate, Policy, Rules, Scored, fold

START = datetime(2026, 11, 1, tzinfo=UTC)
FREEZE = START + timedelta(minutes=5)

score = st.one_of(
    st.sampled_from([None, math.nan, math.inf, -math.inf, 0.0, -0.0, 0.5, 1e308, -1e308]), st.floats()
)


def candidate(number, minute=0, public=None, private=None, **more):
    return Candidate(
        number, number + 1000, START + timedelta(minutes=minute), Scored(public), Scored(private), **more
    )


@st.composite
def teams(draw):
    higher = draw(st.booleans())
    numbers = draw(st.lists(st.integers(1, 10**6), max_size=12, unique=True))
    return [
        candidate(
            number,
            draw(st.integers(0, 10)),
            draw(score),
            draw(score),
            higher_is_better=higher,
            is_selected=draw(st.booleans()),
        )
        for number in numbers
    ]


rules = st.builds(Rules, st.sampled_from(Policy), st.integers(1, 3), st.sampled_from([None, FREEZE]))


def real(value):
    return value is not None and math.isfinite(value)


def lines(candidates, given_rules):
    return {line.board: line for line in fold(candidates, given_rules)}


@given(teams(), rules, st.randoms())
def test_lines_do_not_depend_on_the_order_given(candidates, given_rules, random):
    shuffled = list(candidates)
    random.shuffle(shuffled)
    assert lines(candidates, given_rules) == lines(shuffled, given_rules)


@given(teams(), st.sampled_from([None, FREEZE]))
def test_best_is_the_best(candidates, freeze_at):
    found = lines(candidates, Rules(freeze_at=freeze_at))
    assert (Board.FROZEN in found) <= (freeze_at is not None)
    for board in Board:
        among = [one for one in candidates if board is not Board.FROZEN or one.submitted_at < FREEZE]
        scores = [one.result(board).score for one in among if real(one.result(board).score)]
        if board is Board.FROZEN and freeze_at is None:
            continue
        assert (board in found) == bool(scores)
        if scores:
            best = max(scores) if candidates[0].higher_is_better else min(scores)
            assert found[board].score == best
            equal = [one for one in among if one.result(board).score == best]
            first = min(equal, key=lambda one: (one.submitted_at, one.submission_id))
            assert found[board].candidate == first
            assert found[board].n_submissions == len(among)


@given(teams(), score)
def test_a_further_submission_never_worsens_the_best(candidates, extra):
    before = lines(candidates, Rules())
    higher = candidates[0].higher_is_better if candidates else True
    after = lines([*candidates, candidate(10**7, 99, extra, extra, higher_is_better=higher)], Rules())
    for board, line in before.items():
        assert after[board].order_key <= line.order_key


@given(teams())
def test_last_is_the_one_received_last_whatever_the_clock_said(candidates):
    found = lines(candidates, Rules(Policy.LAST))
    last = max(candidates, key=lambda one: one.submission_id, default=None)
    for board in (Board.PUBLIC, Board.PRIVATE):
        if last is not None and real(last.result(board).score):
            assert found[board].candidate == last
        else:
            assert board not in found


@given(teams(), st.integers(1, 3))
def test_selected_shows_the_best_on_the_public_board_and_the_best_chosen_at_the_end(candidates, n):
    found = lines(candidates, Rules(Policy.SELECTED, n))
    assert found.get(Board.PUBLIC) == lines(candidates, Rules()).get(Board.PUBLIC)
    chosen = sorted((one for one in candidates if one.is_selected), key=lambda one: one.submission_id)[-n:]
    if chosen and Board.PRIVATE in found:
        assert found[Board.PRIVATE].candidate == lines(chosen, Rules())[Board.PRIVATE].candidate
    if chosen and Board.PRIVATE not in found:
        assert not any(real(one.private.score) for one in chosen)


def test_without_a_choice_the_best_public_ones_are_it():
    own = [candidate(1, 1, 0.9, 0.1), candidate(2, 2, 0.8, 0.2), candidate(3, 3, 0.7, 0.99)]
    assert lines(own, Rules(Policy.SELECTED, 2))[Board.PRIVATE].score == 0.2
    own[2] = candidate(3, 3, 0.7, 0.99, is_selected=True)
    assert lines(own, Rules(Policy.SELECTED, 2))[Board.PRIVATE].score == 0.99


def test_an_empty_public_split_leaves_the_last_ones_to_be_the_choice():
    own = [candidate(n, 10 - n, None, n / 10) for n in (1, 2, 3)]
    found = lines(own, Rules(Policy.SELECTED, 2))
    assert (found[Board.PRIVATE].score, Board.PUBLIC in found) == (0.3, False)


@pytest.mark.parametrize("higher", [True, False])
def test_scores_of_a_newer_metric_count_before_those_of_an_older_one(higher):
    own = [candidate(1, 1, 0.9, higher_is_better=higher), candidate(2, 2, 123.0, generation=1)]
    assert lines(own, Rules())[Board.PUBLIC].score == 123.0


def test_a_tie_is_decided_by_the_further_metrics():
    first = Candidate(1, 1, START, Scored(0.5, (None, 3.0)))
    second = Candidate(2, 2, START + timedelta(minutes=1), Scored(0.5, (0.1, 0.0)))
    assert lines([first, second], Rules())[Board.PUBLIC].candidate == second


def test_a_team_without_submissions_has_no_lines():
    assert fold([], Rules(freeze_at=FREEZE)) == []
