"""Removals that fail are tried again, later and later, and nobody waits for them."""

import itertools
import threading
import time

from sandboxes import burial
from sandboxes.burial import Undertaker


def await_true(condition) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_everything_is_removed_and_no_thread_is_left():
    others = set(threading.enumerate())  # providers of other tests in this process have theirs
    undertaker, done = Undertaker(), []
    for number in range(50):
        undertaker.submit(lambda number=number: done.append(number), str(number))
    assert undertaker.drain()
    assert sorted(done) == list(range(50))
    assert undertaker.report().n_done == 50
    assert undertaker.report().n_waiting == 0
    assert not [thread for thread in set(threading.enumerate()) - others if thread.name == "undertaker"]
    undertaker.submit(lambda: done.append("again"))
    assert undertaker.drain()
    assert done[-1] == "again"


def test_a_failure_is_tried_again_and_said(monkeypatch, caplog):
    monkeypatch.setattr(burial, "FIRST_PAUSE_S", 0.05)
    undertaker, tried = Undertaker(), []

    def removal() -> None:
        tried.append(time.monotonic())
        if len(tried) < 4:
            raise RuntimeError("the engine is busy")

    undertaker.submit(removal, "stubborn")
    await_true(lambda: undertaker.report().n_failing == 1)
    assert undertaker.report().last_failure == "RuntimeError: the engine is busy"
    assert undertaker.drain()
    pauses = [later - earlier for earlier, later in itertools.pairwise(tried)]
    assert pauses[0] >= 0.05
    assert pauses[1] >= 0.1
    assert pauses[2] >= 0.2
    assert undertaker.report().n_failing == 0
    assert [record.sandbox_id for record in caplog.records] == ["stubborn"] * 3


def test_a_failure_and_one_that_hangs_hold_up_nobody():
    undertaker, done, release = Undertaker(), [], threading.Event()
    undertaker.submit(release.wait, "hangs")

    def fail() -> None:
        raise RuntimeError("no")

    undertaker.submit(fail, "fails")
    for number in range(10):
        undertaker.submit(lambda number=number: done.append(number))
    await_true(lambda: len(done) == 10)
    assert not undertaker.drain(0.05)
    release.set()
    undertaker.close(0.3)
    assert undertaker.report().n_waiting == 0


def test_what_is_left_at_the_end_is_said(caplog):
    undertaker = Undertaker()

    def fail() -> None:
        raise RuntimeError("gone for good")

    undertaker.submit(fail, "left")
    undertaker.close(0.1)
    assert "sandbox_left_to_sweep" in caplog.messages
    assert undertaker.report().n_waiting == undertaker.report().n_failing == 0


def test_a_removal_that_may_wait_waits_while_a_step_runs():
    busy = threading.Event()
    busy.set()
    undertaker, done = Undertaker(busy.is_set), []
    undertaker.submit(lambda: done.append("patient"), may_wait=True)
    undertaker.submit(lambda: done.append("at once"))
    await_true(lambda: done)
    time.sleep(3 * burial.LOOK_AGAIN_S)
    assert done == ["at once"]
    busy.clear()
    await_true(lambda: len(done) == 2)
    undertaker.close()


def test_it_waits_neither_too_long_nor_in_too_great_company(monkeypatch):
    monkeypatch.setattr(burial, "LONGEST_WAIT_S", 0.3)
    undertaker, done = Undertaker(lambda: True), []
    for number in range(burial.MAX_WAITING + 2):
        undertaker.submit(lambda number=number: done.append(number), may_wait=True)
    await_true(lambda: len(done) == burial.MAX_WAITING + 2)
    undertaker.close()


def test_draining_waits_for_no_quiet_moment():
    undertaker, done = Undertaker(lambda: True), []
    undertaker.submit(lambda: done.append(1), may_wait=True)
    began = time.monotonic()
    assert undertaker.drain()
    assert done == [1]
    assert time.monotonic() - began < burial.LONGEST_WAIT_S / 2
