"""The warm pool: lends each sandbox once, notices the dead, and fills up when the cores are free."""

import threading
import time
from dataclasses import replace

import pytest

from sandboxes.errors import ImageMissing, ProviderUnavailable
from sandboxes.pool import Pool
from sandboxes.results import Outcome


@pytest.fixture
def make_pool(provider):
    pools = []

    def make(**options):
        pools.append(Pool(provider, **options))
        return pools[-1]

    yield make
    for pool in pools:
        pool.close()


def test_warm_one_is_lent_once(make_pool, attempt, eventually):
    pool, profile = make_pool(max_warm=1), attempt.profile()
    pool.prepare(profile)
    eventually(lambda: pool.n_ready(profile) == 1)
    first = pool.acquire(profile)
    assert first.is_warm
    second = pool.acquire(profile)
    assert not second.is_warm
    assert first.id != second.id
    for sandbox in (first, second):
        assert sandbox.run(attempt.step("print('hi')")).stdout == b"hi\n"
        assert not sandbox.is_alive()
    eventually(lambda: pool.n_ready(profile) == 1)
    third = pool.acquire(profile)
    assert third.is_warm
    assert third.id not in (first.id, second.id)
    third.destroy()


def test_no_refill_while_the_cores_are_busy(make_pool, attempt, eventually):
    pool, profile = make_pool(max_warm=1, n_spare_cores=1), attempt.profile()
    pool.prepare(profile)
    eventually(lambda: pool.n_ready(profile) == 1)
    with_step = pool.acquire(profile)
    with_step.start(attempt.step("import time; time.sleep(0.7)"))
    time.sleep(0.5)
    assert pool.n_ready(profile) == 0
    with_step.wait()
    with_step.destroy()
    eventually(lambda: pool.n_ready(profile) == 1)


def test_refill_goes_on_with_cores_to_spare(make_pool, attempt, eventually):
    pool, profile = make_pool(max_warm=1, n_spare_cores=2), attempt.profile()
    busy = pool.acquire(profile)
    eventually(lambda: pool.n_ready(profile) == 1)
    busy.destroy()


def test_a_warm_one_that_died_is_not_lent(make_pool, attempt, eventually):
    pool, profile = make_pool(max_warm=1), attempt.profile()
    pool.prepare(profile)
    eventually(lambda: pool.n_ready(profile) == 1)
    victim = pool._stock.shelves[profile].ready[0]
    victim._body.kill()
    eventually(lambda: not victim.is_alive())
    lent = pool.acquire(profile)
    assert lent.id != victim.id
    assert lent.run(attempt.step("pass")).outcome is Outcome.OK


def test_learns_how_many_are_wanted_at_one_time(make_pool, attempt, eventually):
    pool, profile = make_pool(max_warm=3), attempt.profile()
    lent = [pool.acquire(profile) for _ in range(2)]
    for sandbox in lent:
        sandbox.destroy()
    eventually(lambda: pool.n_ready(profile) == 2)
    time.sleep(0.3)
    assert pool.n_ready(profile) == 2


def test_profiles_are_never_mixed(make_pool, attempt, eventually):
    pool, plain = make_pool(max_warm=1), attempt.profile()
    trusted = replace(plain, is_trusted=True)
    pool.prepare(trusted)
    eventually(lambda: pool.n_ready(trusted) == 1)
    lent = pool.acquire(plain)
    assert not lent.is_warm
    assert pool.n_ready(trusted) == 1
    lent.destroy()


def test_total_is_bounded(make_pool, attempt, eventually):
    pool = make_pool(max_warm=2, max_total=2)
    profiles = [attempt.profile(scratch_mib=size) for size in (4, 5, 6)]
    for profile in profiles:
        pool.prepare(profile)
    eventually(lambda: sum(map(pool.n_ready, profiles)) == 2)
    time.sleep(0.3)
    assert sum(map(pool.n_ready, profiles)) == 2


def test_turned_off_it_makes_them_on_demand(make_pool, attempt):
    pool = make_pool(max_warm=0)
    assert pool.acquire(attempt.profile()).run(attempt.step("print(1)")).stdout == b"1\n"
    assert pool.n_ready(attempt.profile()) == 0


def test_failure_to_make_one_is_the_callers_and_not_counted(make_pool, attempt):
    pool = make_pool(max_warm=0)
    with pytest.raises(ImageMissing):
        pool.acquire(replace(attempt.profile(), image="no-such-image"))
    assert pool._pacing.n_lent == 0


def test_many_borrowers_at_once(make_pool, attempt):
    pool, results = make_pool(max_warm=2), []

    def borrow(number):
        results.append(pool.acquire(attempt.profile()).run(attempt.step(f"print({number})")).stdout)

    threads = [threading.Thread(target=borrow, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [f"{n}\n".encode() for n in range(6)]
    assert pool._pacing.n_lent == 0


@pytest.fixture
def slow(attempt, code_folder):
    """A profile whose sandbox computes for a while before it is ready."""
    (code_folder / "slow_import.py").write_text(
        "import time\nwhile time.process_time() < 0.6: pass\n", encoding="utf-8"
    )
    (code_folder / "slow_import.py").chmod(0o444)
    code = (("slow_import.py", code_folder / "slow_import.py"),)
    return replace(attempt.profile(), preload=("slow_import",), code=code)


def is_launched(pool):
    return any(making.brake._body is not None for making in pool._makings)


def test_while_a_borrower_waits_the_next_is_begun(make_pool, slow, eventually):
    pool, lent = make_pool(max_warm=1, n_spare_cores=1, n_makers=2), []
    borrower = threading.Thread(target=lambda: lent.append(pool.acquire(slow)))
    borrower.start()
    eventually(lambda: sorted(making.is_urgent for making in pool._makings) == [False, True])
    borrower.join()
    lent[0].destroy()
    eventually(lambda: pool.n_ready(slow) == 1)


def test_one_half_made_stands_still_while_a_step_runs(make_pool, attempt, slow, eventually):
    pool, plain = make_pool(max_warm=1, n_spare_cores=1), attempt.profile()
    pool.prepare(plain)
    eventually(lambda: pool.n_ready(plain) == 1)
    pool.prepare(slow)
    eventually(lambda: is_launched(pool))
    busy = pool.acquire(plain)
    making = pool._makings[0]
    assert making.brake.is_held
    time.sleep(1.2)
    assert pool.n_ready(slow) == 0
    assert busy.run(attempt.step("print(1)")).stdout == b"1\n"
    eventually(lambda: pool.n_ready(slow) == 1)
    lent = pool.acquire(slow)
    assert lent.is_warm
    assert lent.run(attempt.step("print(2)")).stdout == b"2\n"


def test_who_finds_nothing_gets_the_one_half_made(make_pool, attempt, slow, eventually):
    pool, plain = make_pool(max_warm=1, n_spare_cores=1), attempt.profile()
    busy = pool.acquire(plain)
    busy.destroy()
    pool.prepare(slow)
    eventually(lambda: is_launched(pool))
    busy = pool.acquire(plain)  # holds the one half made, until somebody wants it
    lent = pool.acquire(slow)
    assert lent.run(attempt.step("print(1)")).stdout == b"1\n"
    assert pool.counts()[slow].n_made == 1
    assert pool.counts()[slow].n_cold == 1
    busy.destroy()


def test_work_without_end_does_not_starve_refilling(make_pool, attempt, eventually, monkeypatch):
    monkeypatch.setattr("sandboxes.pacing.MAX_PAUSE_S", 0.4)
    pool, profile = make_pool(max_warm=1, n_spare_cores=1), attempt.profile()
    pool.prepare(profile)
    eventually(lambda: pool.n_ready(profile) == 1)
    busy = pool.acquire(profile)
    assert pool.n_ready(profile) == 0
    eventually(lambda: pool.n_ready(profile) == 1)
    busy.destroy()


def test_a_burst_beyond_the_pool_is_made_a_few_at_a_time(make_pool, attempt):
    pool, most, lent = make_pool(max_warm=1, n_makers=2), [], []
    profile = attempt.profile()

    def borrow():
        lent.append(pool.acquire(profile))
        lent[-1].destroy()

    threads = [threading.Thread(target=borrow) for _ in range(6)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        with pool._lock:
            most.append(sum(making.is_urgent for making in pool._makings))
        time.sleep(0.001)
    assert len(lent) == 6
    assert len({sandbox.id for sandbox in lent}) == 6
    assert max(most) == 2


def test_one_that_died_is_replaced_before_anybody_asks(make_pool, attempt, eventually):
    pool, profile = make_pool(max_warm=1), attempt.profile()
    pool.prepare(profile)
    eventually(lambda: pool.n_ready(profile) == 1)
    victim = pool._stock.shelves[profile].ready[0]
    victim._body.kill()
    eventually(lambda: pool.counts()[profile].n_dead == 1)
    eventually(lambda: pool.n_ready(profile) == 1)
    lent = pool.acquire(profile)
    assert lent.is_warm
    assert lent.id != victim.id
    lent.destroy()


def test_memory_pressure_empties_the_shelf(make_pool, attempt, eventually, monkeypatch):
    pool, profile = make_pool(max_warm=1), attempt.profile()
    pool.prepare(profile)
    eventually(lambda: pool.n_ready(profile) == 1)
    assert pool.counts()[profile].footprint_mib > 1
    waiting = pool._stock.shelves[profile].ready[0]
    monkeypatch.setattr("sandboxes.pool.memory_figures", lambda: (24_000.0, 100.0))
    eventually(lambda: pool.n_ready(profile) == 0)
    eventually(lambda: not waiting.is_alive())
    assert pool.acquire(profile).run(attempt.step("print(1)")).stdout == b"1\n"


def test_an_image_that_is_missing_is_tried_now_and_then(make_pool, attempt, eventually, caplog):
    pool, profile = make_pool(max_warm=1), replace(attempt.profile(), image="no-such-image")
    pool.prepare(profile)
    eventually(lambda: pool.counts()[profile].n_failed == 1)
    time.sleep(0.5)
    assert pool.counts()[profile].n_failed == 1
    assert sum(record.message == "pool_refill_failed" for record in caplog.records) == 1


def test_counts(make_pool, attempt, eventually):
    pool, profile = make_pool(max_warm=1, n_spare_cores=0), attempt.profile()
    pool.prepare(profile)
    eventually(lambda: pool.n_ready(profile) == 1)
    first, second = pool.acquire(profile), pool.acquire(profile)
    counts = pool.counts()[profile]
    assert (counts.n_warm_hits, counts.n_cold, counts.n_dead) == (1, 1, 0)
    assert counts.n_made >= 2
    first.destroy()
    second.destroy()


def test_closing_while_it_makes_one_leaves_nothing(make_pool, provider, slow, eventually):
    before = set(provider.run_dir.glob("sb-*"))
    pool = make_pool(max_warm=1)
    pool.prepare(slow)
    eventually(lambda: is_launched(pool))
    pool.close()
    assert provider.settle()
    assert set(provider.run_dir.glob("sb-*")) <= before


def test_closing(make_pool, attempt, eventually):
    pool, profile = make_pool(max_warm=1), attempt.profile()
    pool.prepare(profile)
    eventually(lambda: pool.n_ready(profile) == 1)
    waiting = pool._stock.shelves[profile].ready[0]
    pool.close()
    assert not waiting.is_alive()
    with pytest.raises(ProviderUnavailable):
        pool.acquire(profile)
