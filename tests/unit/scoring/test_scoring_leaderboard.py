"""Order of a leaderboard: total, stable, and never led by a score that is none."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.leaderboard import Policy, order, pick, rank, standings

START = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    team_id: int
    submission_id: int
    submitted_at: datetime
    score: float | None


def entry(team, submission, minute, score):
    return Entry(team, submission, START + timedelta(minutes=minute), score)


entries = st.lists(
    st.builds(
        entry,
        st.integers(1, 5),
        st.integers(1, 10**6),
        st.integers(0, 10),
        st.one_of(st.none(), st.sampled_from([0.0, -0.0, 0.5, 1.0, math.nan, math.inf, -math.inf])),
    ),
    max_size=30,
    unique_by=lambda e: e.submission_id,
)


def is_real(score):
    return score is not None and math.isfinite(score)


@given(entries, st.booleans(), st.randoms())
def test_order_does_not_depend_on_the_order_given(board, higher, random):
    shuffled = list(board)
    random.shuffle(shuffled)
    once = [e.submission_id for e in order(board, higher_is_better=higher)]
    assert once == [e.submission_id for e in order(shuffled, higher_is_better=higher)]


@given(entries, st.booleans())
def test_every_neighbour_is_in_order(board, higher):
    ordered = order(board, higher_is_better=higher)
    for first, second in pairwise(ordered):
        if is_real(first.score) and is_real(second.score):
            better = first.score > second.score if higher else first.score < second.score
            tie = (first.submitted_at, first.submission_id) < (second.submitted_at, second.submission_id)
            assert better or (first.score == second.score and tie)
        else:
            assert is_real(first.score) or not is_real(second.score)


@given(entries, st.booleans(), st.sampled_from(Policy))
def test_ranks_run_from_one_and_only_real_scores_have_one(board, higher, policy):
    lines = standings(board, higher_is_better=higher, policy=policy)
    ranked = [line for line in lines if line.rank is not None]
    assert [line.rank for line in ranked] == list(range(1, len(ranked) + 1))
    assert lines[: len(ranked)] == ranked
    assert all(is_real(line.entry.score) == (line.rank is not None) for line in lines)
    assert {line.entry.team_id for line in lines} == {e.team_id for e in board}
    assert sum(line.n_entries for line in lines) == len(board)


@given(entries, st.booleans(), st.data())
def test_a_further_submission_never_worsens_the_best(board, higher, data):
    if not board:
        return
    team = data.draw(st.sampled_from(sorted({e.team_id for e in board})))
    extra = entry(team, 10**7, 11, data.draw(st.sampled_from([None, 0.0, 0.5, 1.0, math.nan])))

    def best(candidates):
        own = [e for e in candidates if e.team_id == team]
        return pick(own, Policy.BEST, higher_is_better=higher).score

    before, after = best(board), best([*board, extra])
    if is_real(before):
        assert after >= before if higher else after <= before


def test_ties_go_to_the_earlier_then_to_the_lower_id():
    board = [entry(1, 9, 5, 0.5), entry(2, 3, 4, 0.5), entry(3, 2, 5, 0.5)]
    assert [line.entry.team_id for line in rank(board, higher_is_better=True)] == [2, 3, 1]


def test_direction():
    board = [entry(1, 1, 0, 0.2), entry(2, 2, 0, 0.1)]
    assert [line.entry.team_id for line in rank(board, higher_is_better=False)] == [2, 1]


def test_last_counts_even_without_a_score():
    board = [entry(1, 1, 0, 0.9), entry(1, 2, 1, None)]
    assert pick(board, Policy.LAST, higher_is_better=True).submission_id == 2
    assert pick(board, Policy.BEST, higher_is_better=True).submission_id == 1


def test_a_team_without_submissions_is_an_error():
    with pytest.raises(ValueError, match="without submissions"):
        pick([], Policy.BEST, higher_is_better=True)


def test_empty_board():
    assert standings([], higher_is_better=True) == []
