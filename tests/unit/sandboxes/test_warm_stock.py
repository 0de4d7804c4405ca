"""What the warm pool wants: demand learnt over time, memory, cores, and when it may be made."""

from collections import Counter
from dataclasses import replace

import pytest

from sandboxes.base import Profile
from sandboxes.demand import BURST_S, MEMORY_S, WINDOW_S, Demand
from sandboxes.limits import Limits
from sandboxes.pacing import MAX_PAUSE_S, QUIET_S, Pacing
from sandboxes.shelf import FIRST_BACKOFF_S, LONGEST_BACKOFF_S, Backoff
from sandboxes.stock import Memory, Stock

PLAIN = Profile("python", Limits())
OTHER = replace(PLAIN, is_trusted=True)
PLENTY = Memory(total=24_000, available=20_000)
NOTHING: Counter[Profile] = Counter()


class Waiting:
    """Stands on a shelf; the stock never does more with it than that."""

    def __init__(self, is_alive: bool = True) -> None:
        self.id = "one"
        self._is_alive = is_alive

    def is_alive(self) -> bool:
        return self._is_alive


@pytest.fixture
def stock():
    return Stock(max_warm=4, max_total=8, budget_mib=1000)


def put(stock, profile, n, footprint_mib=None):
    shelf = stock.shelf(profile)
    shelf.measured(footprint_mib)
    shelf.ready.extend(Waiting() for _ in range(n))
    return shelf


class TestDemand:
    def test_nobody_asked(self):
        assert Demand().wanted(0.0) == 0

    def test_most_at_one_time(self):
        demand = Demand()
        for at in (0.0, 10.0, 20.0):  # three that last
            demand.lend(at)
        for _ in range(3):
            demand.give_back()
        assert demand.wanted(21.0) == 3

    def test_burst_of_short_ones_in_turn(self):
        demand = Demand()
        for number in range(4):
            demand.lend(number * BURST_S / 10)
            demand.give_back()
        assert demand.wanted(1.0) == 4

    def test_slow_ones_in_turn_want_one(self):
        demand = Demand()
        for number in range(10):
            demand.lend(number * 2 * BURST_S)
            demand.give_back()
        assert demand.wanted(20 * BURST_S) == 1

    def test_a_peak_is_forgotten_but_not_that_somebody_came(self):
        demand = Demand()
        for _ in range(3):
            demand.lend(0.0)
        for _ in range(3):
            demand.give_back()
        assert demand.wanted(WINDOW_S - 1) == 3
        assert demand.wanted(WINDOW_S + 1) == 1
        assert demand.wanted(MEMORY_S + 1) == 0
        assert demand.is_over(MEMORY_S + 1)

    def test_a_lower_peak_shows_once_the_higher_is_old(self):
        demand = Demand()
        for _ in range(3):
            demand.lend(0.0)
        for _ in range(3):
            demand.give_back()
        demand.lend(200.0)
        demand.lend(200.0)
        assert demand.wanted(250.0) == 3
        assert demand.wanted(WINDOW_S + 1) == 2

    def test_prepared_is_kept_for_ever(self):
        demand = Demand()
        demand.prepare()
        assert demand.wanted(1e9) == 1


class TestPacing:
    def test_free_while_nothing_is_lent(self):
        assert Pacing(2, 1).n_allowed(0.0) == 2

    def test_waits_for_quiet(self):
        pacing = Pacing(2, 1)
        pacing.lend(10.0)
        pacing.give_back(10.1)
        assert pacing.n_allowed(10.1 + QUIET_S / 2) == 0
        assert pacing.n_allowed(10.1 + QUIET_S) == 2

    def test_spare_cores(self):
        pacing = Pacing(8, 4)
        pacing.lend(0.0)
        assert pacing.n_allowed(1.0) == 3
        for _ in range(3):
            pacing.lend(1.0)
        assert pacing.n_allowed(2.0) == 0

    def test_work_without_end_holds_it_up_so_long_and_no_longer(self):
        pacing = Pacing(2, 1)
        pacing.lend(0.0)
        pacing.blocked(1.0)
        pacing.blocked(3.0)  # the first time counts
        assert pacing.n_allowed(1.0 + MAX_PAUSE_S - 0.01) == 0
        assert pacing.n_allowed(1.0 + MAX_PAUSE_S) == 1
        pacing.served()
        assert pacing.n_allowed(1.0 + MAX_PAUSE_S) == 0

    def test_a_core_is_free_while_all_borrowers_wait(self):
        pacing = Pacing(2, 1)
        pacing.lend(0.0)
        assert pacing.n_allowed(0.0, n_waiting=1, n_urgent=1) == 1
        pacing.lend(0.0)
        assert pacing.n_allowed(0.0, n_waiting=2, n_urgent=2) == 0
        assert pacing.n_allowed(0.0, n_waiting=1, n_urgent=1) == 0  # the other one's step runs

    def test_next_change(self):
        pacing = Pacing(2, 1)
        assert pacing.next_change(0.0) == float("inf")
        pacing.lend(5.0)
        pacing.blocked(5.0)
        assert pacing.next_change(5.0) == 5.0 + QUIET_S
        assert pacing.next_change(6.0) == 5.0 + MAX_PAUSE_S


class TestStock:
    def test_wants_what_was_asked_for_up_to_the_most(self, stock):
        for _ in range(6):
            stock.shelf(PLAIN).demand.lend(0.0)
        assert stock.wanted(PLAIN, 1.0) == 4

    def test_a_lease_of_gpus_is_never_kept_warm(self, stock):
        leased = replace(PLAIN, gpus=("GPU-1",))
        stock.shelf(leased).demand.lend(0.0)
        stock.shelf(leased).demand.prepare()
        assert stock.wanted(leased, 1.0) == 0
        assert stock.next(1.0, NOTHING, PLENTY) is None

    def test_the_first_of_one_before_the_second_of_another(self, stock):
        stock.shelf(OTHER).demand.lend(0.0)
        stock.shelf(PLAIN).demand.lend(5.0)
        stock.shelf(PLAIN).demand.lend(5.0)
        put(stock, PLAIN, 1)
        assert stock.next(6.0, NOTHING, PLENTY) == OTHER
        assert stock.next(6.0, Counter({OTHER: 1}), PLENTY) == PLAIN

    def test_nothing_beyond_the_budget(self, stock):
        put(stock, PLAIN, 2, footprint_mib=400)
        for _ in range(4):
            stock.shelf(PLAIN).demand.lend(0.0)
        assert stock.next(1.0, NOTHING, PLENTY) is None
        assert stock.surplus(1.0, NOTHING, PLENTY) == []

    def test_what_is_being_made_counts(self, stock):
        put(stock, PLAIN, 1, footprint_mib=400)
        for _ in range(4):
            stock.shelf(PLAIN).demand.lend(0.0)
        assert stock.next(1.0, NOTHING, PLENTY) == PLAIN
        assert stock.next(1.0, Counter({PLAIN: 1}), PLENTY) is None

    def test_footprint_that_grew_beyond_the_budget_shrinks_it(self, stock):
        put(stock, PLAIN, 3, footprint_mib=600)
        for _ in range(4):
            stock.shelf(PLAIN).demand.lend(0.0)
        assert len(stock.surplus(1.0, NOTHING, PLENTY)) == 2
        assert len(stock.shelf(PLAIN).ready) == 1

    def test_pressure_shrinks_it_the_least_wanted_first(self, stock):
        stock.shelf(PLAIN).demand.lend(0.0)
        put(stock, PLAIN, 1, footprint_mib=100)
        stock.shelf(OTHER).demand.lend(9.0)
        put(stock, OTHER, 1, footprint_mib=100)
        tight = Memory(total=24_000, available=2_350)  # the reserve is a tenth
        assert len(stock.surplus(10.0, NOTHING, tight)) == 1
        assert not stock.shelf(PLAIN).ready
        assert stock.shelf(OTHER).ready
        assert stock.next(10.0, NOTHING, tight) is None

    def test_no_more_than_in_all(self):
        stock = Stock(max_warm=4, max_total=2, budget_mib=None)
        for profile in (PLAIN, OTHER):
            stock.shelf(profile).demand.prepare()
            put(stock, profile, 1)
        third = replace(PLAIN, preload=("json",))
        stock.shelf(third).demand.prepare()
        assert stock.next(0.0, NOTHING, PLENTY) is None
        assert stock.surplus(0.0, NOTHING, PLENTY) == []

    def test_one_that_is_asked_for_takes_the_place_of_one_that_is_not(self):
        stock = Stock(max_warm=4, max_total=1, budget_mib=None)
        stock.shelf(PLAIN).demand.lend(0.0)
        put(stock, PLAIN, 1)
        stock.shelf(OTHER).demand.lend(5.0)
        assert len(stock.surplus(6.0, NOTHING, PLENTY)) == 1
        assert stock.next(6.0, NOTHING, PLENTY) == OTHER

    def test_forgets_a_profile_that_is_over(self, stock):
        shelf = put(stock, PLAIN, 1)
        shelf.demand.lend(0.0)
        shelf.demand.give_back()
        assert len(stock.surplus(MEMORY_S + 1, NOTHING, PLENTY)) == 1
        assert not stock.shelves

    def test_what_dies_again_and_again_is_not_made_at_once(self, stock):
        shelf = stock.shelf(PLAIN)
        shelf.demand.prepare()
        for number, is_made_again in enumerate((True, True, False)):
            shelf.ready.append(Waiting(is_alive=False))
            assert len(shelf.take_dead(float(number))) == 1
            assert (stock.next(float(number), NOTHING, PLENTY) == PLAIN) is is_made_again
        assert shelf.counts().n_dead == 3
        assert stock.next(2.0 + FIRST_BACKOFF_S, NOTHING, PLENTY) == PLAIN


def test_backoff_doubles_up_to_a_minute():
    backoff, waits = Backoff(), []
    for _ in range(6):
        backoff.failed(100.0)
        waits.append(backoff.not_before - 100.0)
    assert waits == [5, 10, 20, 40, LONGEST_BACKOFF_S, LONGEST_BACKOFF_S]
    backoff.worked()
    assert backoff.not_before == 0.0
