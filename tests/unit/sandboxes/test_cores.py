"""Cores are lent where least runs, and given back."""

import pytest

from sandboxes import cores
from sandboxes.cores import CoreLender, busy_ticks


@pytest.fixture(autouse=True)
def quiet_host(monkeypatch, tmp_path):
    """Nobody else runs, unless a test says so."""
    counters = tmp_path / "stat"
    counters.write_text("")
    monkeypatch.setattr(cores, "KERNEL_COUNTERS", counters)
    monkeypatch.setattr(cores, "LOOK_EVERY_S", 0.0)
    return counters


def test_each_running_one_has_its_own_while_there_are_enough():
    lender = CoreLender((0, 1, 2, 3))
    leases = [lender.lend(1.0) for _ in range(6)]
    assert sorted(lease.begin(1.0) for lease in leases[:4]) == [(0,), (1,), (2,), (3,)]
    leases[2].end()
    free = leases[2].cores
    assert leases[4].begin(1.0) == free
    assert len(leases[5].begin(1.0)) == 1


def test_what_waits_keeps_away_from_what_runs():
    lender = CoreLender((0, 1))
    running = lender.lend(1.0).begin(1.0)
    for _ in range(5):
        assert lender.lend(1.0).cores != running


def test_as_many_as_it_may_use():
    lender = CoreLender((0, 2, 4))
    assert lender.lend(1.5).begin(1.5) == (0, 2)
    assert lender.lend(0.5).begin(0.5) == (4,)
    assert lender.lend(3.0).begin(3.0) == (0, 2, 4)
    assert lender.lend(64.0).cores == (0, 2, 4)


def test_a_running_one_is_not_moved():
    lender = CoreLender((0, 1))
    one, other = lender.lend(1.0), lender.lend(1.0)
    first = one.begin(1.0)
    other.begin(1.0)
    assert one.begin(1.0) == first
    assert one.begin(2.0) == (0, 1), "unless it asks for more"


def test_shares_count():
    lender = CoreLender((0, 1))
    light = lender.lend(0.1).begin(0.1)
    heavy = lender.lend(1.0).begin(1.0)
    assert light != heavy
    assert lender.lend(1.0).begin(1.0) == light


def test_giving_back_twice_and_starting_after_the_end():
    lender = CoreLender((0, 1))
    lease = lender.lend(1.0)
    lease.end()
    lease.end()
    assert lease.begin(2.0) == lease.cores
    assert not lender._leases


def test_other_processes_count_only_among_equals(quiet_host):
    lender = CoreLender((0, 1))
    quiet_host.write_text("cpu 9 0 0 0\ncpu0 100 0 0 50 0 0 0 0\ncpu1 100 0 0 50 0 0 0 0\nintr 5\n")
    assert busy_ticks() == {0: 100, 1: 100}
    lender.lend(1.0).end()
    quiet_host.write_text("cpu0 200 0 0 50 0 0 0 0\ncpu1 101 0 0 149 0 0 0 0\n")
    lease = lender.lend(1.0)
    assert lease.cores == (1,)
    quiet_host.write_text("cpu0 300 0 0 50 0 0 0 0\ncpu1 102 0 0 149 0 0 0 0\n")
    assert lease.begin(1.0) == (1,)
    assert lender.lend(1.0).begin(1.0) == (0,), "our own on core 1 weighs more than strangers on core 0"
