"""The warm pool over an engine that stops, crashes and comes back."""

import contextlib

import pytest
from engines import private_engine

from sandboxes.docker import Docker
from sandboxes.errors import ProviderUnavailable
from sandboxes.pool import Pool
from sandboxes.results import Outcome

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def engine(docker_provider):
    with private_engine() as running:
        yield running


@pytest.fixture
def provider(engine, tmp_path, monkeypatch):
    monkeypatch.setattr("sandboxes.shelf.FIRST_BACKOFF_S", 1.0)
    made = Docker("pool-engine", tmp_path / "run", engine.url)
    yield made
    if not engine.does_answer():
        engine.start()
    assert made.settle()
    assert not list(made.run_dir.glob("sb-*"))
    made.close()


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_engine_that_goes_and_comes_back(engine, provider, how, attempt, eventually, caplog):
    with contextlib.closing(Pool(provider, max_warm=2)) as pool:
        profile = attempt.profile()
        pool.prepare(profile)
        eventually(lambda: pool.n_ready(profile) == 1)
        first = pool.acquire(profile)
        eventually(lambda: pool.n_ready(profile) == 0)
        getattr(engine, how)()
        with pytest.raises(ProviderUnavailable):
            pool.acquire(profile)
        first.destroy()
        eventually(lambda: pool.counts()[profile].n_failed >= 2)  # once for a borrower, then for stock
        n_logged = sum(record.message == "pool_refill_failed" for record in caplog.records)
        assert n_logged <= pool.counts()[profile].n_failed <= 4
        assert pool.n_ready(profile) == 0
        engine.start()
        eventually(lambda: pool.n_ready(profile) >= 1, timeout_s=30)
        lent = pool.acquire(profile)
        assert lent.is_warm
        assert lent.run(attempt.step("print('back')")).outcome is Outcome.OK


def test_a_crashed_engine_leaves_nothing_on_the_shelf(engine, provider, attempt, eventually):
    with contextlib.closing(Pool(provider, max_warm=2)) as pool:
        profile, other = attempt.profile(), attempt.profile(scratch_mib=5)
        pool.prepare(profile)
        eventually(lambda: pool.n_ready(profile) == 1)
        waiting = pool._stock.shelves[profile].ready[0]
        engine.kill()
        assert waiting.is_alive()  # it goes on without its engine, which will end it when it is back
        pool.prepare(other)
        eventually(lambda: pool.n_ready(profile) == 0)
        eventually(lambda: not waiting.is_alive())
        engine.start()
        eventually(lambda: (pool.n_ready(profile), pool.n_ready(other)) == (1, 1), timeout_s=30)
