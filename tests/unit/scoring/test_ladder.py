"""The Ladder: what it releases, what an attacker gains without and with it; groups of tied scores."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.intervals.resampling import draw
from scoring.ladder import Attempt, climb, paired_error
from scoring.ties import Placed, groups, is_tied

SCORES = st.one_of(st.none(), st.floats(-10, 10), st.sampled_from([math.nan, math.inf, -math.inf]))
LISTS = st.lists(SCORES, max_size=30)


def released(scores, *, higher_is_better=True, step=0.1):
    return climb([Attempt(score) for score in scores], higher_is_better=higher_is_better, step=step)


def test_only_an_improvement_beyond_the_step_is_released():
    assert released([0.5, 0.55, 0.7, 0.65, None, 0.71]) == pytest.approx(
        [0.5, 0.5, 0.6875, 0.6875, None, 0.6875], nan_ok=True
    )
    assert released([0.5, 0.45, 0.3], higher_is_better=False) == [0.5, 0.5, 0.3125]


def replicates_of(right, drawn):
    """Return bootstrap replicates of the accuracy of rows that are right or not."""
    return (drawn.weights @ right / drawn.weights.sum(axis=1)).tolist()


def test_the_free_form_takes_the_noise_of_the_difference_for_its_step():
    drawn = draw(400, n_replicates=200, seed=1, split="public")
    rng = np.random.default_rng(0)
    first = (rng.random(400) < 0.6).astype(float)
    lucky, better = first.copy(), first.copy()
    lucky[:3], better[:60] = 1 - lucky[:3], 1.0
    lucky[np.flatnonzero(lucky == 0)[:2]] = 1.0
    rows = [first, lucky, better]
    attempts = [Attempt(float(one.mean()), lambda one=one: replicates_of(one, drawn)) for one in rows]
    found = climb(attempts, higher_is_better=True)
    assert found[0] == found[1] != found[2]
    assert found[2] == pytest.approx(better.mean(), abs=0.02)
    # Without replicates nothing can be told to be significant.
    assert climb([*attempts, Attempt(0.99)], higher_is_better=True)[-1] == found[2]


@given(LISTS, st.sampled_from([0.01, 0.3, 2.0]), st.booleans())
def test_invariants(scores, step, higher_is_better):
    found = released(scores, higher_is_better=higher_is_better, step=step)
    sign = 1 if higher_is_better else -1
    best, last = -math.inf, -math.inf
    for score, shown in zip(scores, found, strict=True):
        if score is None or not math.isfinite(score):
            assert shown is None
            continue
        best = max(best, sign * score)
        assert sign * shown >= last  # it never falls
        last = sign * shown
        # It is never far from the best: above by rounding alone, below by less than a step more.
        assert best - 1.5 * step - 1e-9 <= last <= best + step / 2 + 1e-9
    # What comes later changes nothing of what was released.
    assert (
        released(scores[: len(scores) // 2], higher_is_better=higher_is_better, step=step)
        == found[: len(scores) // 2]
    )
    # Nothing is learned of an attempt that does not improve: with any score no better, the answers are equal.
    worse = [
        score if place == 0 or score is None or not math.isfinite(score) or found[place] != found[place - 1]
        else score - sign * 5
        for place, score in enumerate(scores)
    ]  # fmt: skip
    assert released(worse, higher_is_better=higher_is_better, step=step) == found


class TestAdaptiveAttacker:
    """The boosting attack of Blum and Hardt, section 4: random votes, kept when the board speaks for them."""

    N, K = 1000, 400

    def climbed(self, **rule):
        """Return the gap between the public score of the attacker's majority vote and the private truth, 1/2.

        With `rule` none: every score is shown.
        """
        rng = np.random.default_rng(4)
        truth = rng.integers(0, 2, self.N)
        votes = rng.integers(0, 2, (self.K, self.N))
        right = (votes == truth).astype(float)
        scores = right.mean(axis=1)
        if rule:
            drawn = draw(self.N, n_replicates=100, seed=2, split="public")
            attempts = [
                Attempt(float(score), lambda row=row: replicates_of(row, drawn))
                for score, row in zip(scores, right, strict=True)
            ]
            shown = np.array(climb(attempts, higher_is_better=True, **rule))
        else:
            shown = scores
        before = np.concatenate([[0.5], shown[:-1]]) if rule else np.full(self.K, 0.5)
        # A vote that the board likes is kept, one that it dislikes is turned round; else it tells nothing.
        signs = np.sign(shown - before)
        signs[signs == 0] = rng.choice([-1, 1], int((signs == 0).sum()))
        majority = (signs @ (2 * votes - 1) > 0).astype(int)
        final = (majority == truth).astype(float)
        if not rule:
            return float(final.mean()) - 0.5
        last = Attempt(float(final.mean()), lambda: replicates_of(final, drawn))
        return climb([*attempts, last], higher_is_better=True, **rule)[-1] - 0.5

    def test_the_ladder_takes_most_of_what_climbing_a_board_gains(self):
        plain, stepped, free = self.climbed(), self.climbed(step=0.02), self.climbed(step=None)
        assert plain > 0.2  # of pure noise
        assert 0 <= stepped < plain / 4
        assert 0 <= free < plain / 4


def test_scores_are_tied_when_paired_replicates_say_so():
    drawn = draw(1000, n_replicates=200, seed=3, split="private")
    rng = np.random.default_rng(1)
    rows = [(rng.random(1000) < chance).astype(float) for chance in (0.9, 0.9, 0.8, 0.4)]
    placed = sorted(
        (Placed(float(one.mean()), replicates_of(one, drawn)) for one in rows), key=lambda p: -p.score
    )
    assert groups(placed) == [1, 1, 2, 3]
    # The same rows but for forty, all of them worse: surely different, because they are paired.
    worse = rows[0].copy()
    worse[np.flatnonzero(worse)[:40]] = 0
    near = [Placed(float(one.mean()), replicates_of(one, drawn)) for one in (rows[0], worse)]
    assert not is_tied(*near)
    assert paired_error([0.1, math.nan], [0.0, 0.1]) is None
    assert groups([Placed(0.5), Placed(0.5), Placed(0.4)]) == [1, 1, 2]
    assert groups([]) == []


@given(st.lists(st.tuples(st.integers(0, 5), st.lists(st.floats(0, 5), min_size=3, max_size=3)), max_size=20))
def test_groups_run_down_the_ranking(pairs):
    ranking = [
        Placed(float(score), replicates) for score, replicates in sorted(pairs, key=lambda pair: -pair[0])
    ]
    found = groups(ranking)
    assert found == sorted(found)
    assert set(found) == set(range(1, len(set(found)) + 1))
    for group in set(found):
        first = found.index(group)
        assert all(
            is_tied(ranking[first], one) for one, own in zip(ranking, found, strict=True) if own == group
        )
