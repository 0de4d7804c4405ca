"""A worker takes no work while it cannot do any."""

import itertools

import pytest

from judge.worker import health
from judge.worker.health import Health
from sandboxes.errors import ProviderUnavailable


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(health.time, "monotonic", lambda: now[0])
    return now


def away() -> None:
    raise ProviderUnavailable("nobody answers")


def test_it_looks_again_later_and_later(clock):
    worker, asked = Health(), []

    def probe() -> None:
        asked.append(clock[0])
        away()

    assert worker.is_well(probe)
    assert not asked, "who is well is not asked"
    worker.fell_ill("the engine is gone")
    for _ in range(600):
        assert not worker.is_well(probe)
        clock[0] += 0.1
    pauses = [round(later - earlier) for earlier, later in itertools.pairwise(asked)]
    assert pauses == sorted(pauses)
    assert pauses[-1] <= health.LAST_PAUSE_S + 1
    clock[0] += health.LAST_PAUSE_S
    assert worker.is_well(lambda: None)
    assert worker.is_well(away), "from then on nobody asks any more"


def test_what_failed_here_is_left_to_others_for_a_while(clock):
    worker = Health()
    worker.avoid(7)
    assert worker.is_avoided(7)
    assert not worker.is_avoided(8)
    clock[0] += health.AVOID_S + 0.1
    assert not worker.is_avoided(7)
    worker.avoid(8)
    assert list(worker._avoided) == [8], "old ones are forgotten"
