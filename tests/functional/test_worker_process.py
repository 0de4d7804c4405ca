"""A real queue, a real worker process, real sandboxes; and what happens when they are killed."""

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from processes import Valkey, Worker, processes_below, wait_until
from sqlalchemy import func, select

from judge import runtime as runtimes
from judge.clock import utc_now
from judge.models import AuditEvent, Judgement, LeaderboardEntry
from judge.services import workers
from judge.services.quota import quota_left
from judge.settings import Settings
from scoring.options import PRELOAD
from tests.factories.packages import GOOD_PY, SLOW_PY, WEAK_CSV, function_package, predictions_package
from tests.factories.worlds import World

pytestmark = pytest.mark.timeout(300)
PATIENCE_S = 120.0  # what a worker that starts may take on a busy machine


@pytest.fixture
def settings(sqlite_settings: Settings) -> Settings:
    return sqlite_settings


@pytest.fixture
def valkey(settings: Settings) -> Iterator[Valkey]:
    server = Valkey(settings)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def worker(settings: Settings, valkey: Valkey) -> Iterator[Worker]:
    process = Worker(settings)
    yield process
    process.stop()


@pytest.fixture
def live(settings: Settings, tmp_path) -> Iterator[World]:
    runtime = runtimes.build(settings)
    world = World(runtime)
    world.publish(predictions_package(tmp_path))
    world.publish(function_package(tmp_path))
    yield world
    runtime.close()


def state(world: World, judgement_id: int) -> str:
    return world.judgement(judgement_id).state


def await_done(world: World, judgement_id: int, worker: Worker, *, within_s: float = PATIENCE_S) -> Judgement:
    try:
        wait_until(
            lambda: state(world, judgement_id) == "done", within_s=within_s, what="the judgement is done"
        )
    except AssertionError as error:
        raise AssertionError(f"{error}\n{worker.log.read_text()[-6000:]}") from None
    return world.judgement(judgement_id)


def test_submissions_are_judged_ranked_and_receipted(live: World, worker: Worker) -> None:
    worker.start()
    first, second = live.person("ada"), live.person("bob")
    weak = live.submit(first, chunks=[WEAK_CSV])
    good = live.submit(second)
    done = await_done(live, weak.judgements[-1].id, worker)
    assert (done.verdict, done.score) == ("AC", 0.25)
    done = await_done(live, good.judgements[-1].id, worker)
    assert (done.verdict, done.score, done.score_private) == ("AC", 1.0, 1.0)
    receipt = done.receipt
    assert receipt["submission_sha256"] == good.blob_sha256
    assert receipt["problem_version"] == "1.0.0"
    assert receipt["scorer"] == "table"
    assert receipt["sandbox"]["name"] == "local"
    assert receipt["sandbox"]["is_weaker"] is True
    assert receipt["image_digest"]
    with live.runtime.database.read() as session:
        rows = session.scalars(
            select(LeaderboardEntry)
            .where(LeaderboardEntry.board == "public")
            .order_by(LeaderboardEntry.order_key)
        ).all()
        assert [(row.team.name, row.score) for row in rows] == [("bob", 1.0), ("ada", 0.25)]
        (host,) = workers.list_workers(session, now=utc_now())
        assert host.sandbox["name"] == "local"


def imports_s() -> float:
    """Return what a fresh interpreter takes for the imports of the scorer, as busy as the machine is now."""
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", f"import {', '.join(PRELOAD['table'])}"], check=True)
    return time.monotonic() - started


def test_the_warm_road_is_short(live: World, worker: Worker) -> None:
    """The whole road takes less than the imports alone, so nobody waits for them."""
    worker.start()
    account = live.person()
    times: list[tuple[float, float]] = []
    while not times or times[-1][0] >= times[-1][1]:  # the first come before anything is warm
        assert len(times) < 8, times
        submission = live.submit(account)
        started = time.monotonic()
        await_done(live, submission.judgements[-1].id, worker)
        times.append((time.monotonic() - started, imports_s()))  # the pool refills meanwhile


def test_a_killed_worker_ends_in_exactly_one_judgement(live: World, worker: Worker) -> None:
    worker.start()
    account = live.person()
    submission = live.submit(account, problem_slug="tiny-function", filename="solution.py", chunks=[SLOW_PY])
    judgement_id = submission.judgements[-1].id
    wait_until(lambda: state(live, judgement_id) == "running", within_s=PATIENCE_S, what="it runs")
    time.sleep(0.5)
    worker.kill_group()
    assert state(live, judgement_id) == "running"
    worker.start()
    done = await_done(live, judgement_id, worker)
    assert (done.verdict, done.score, done.n_attempts, done.fence) == ("AC", 1.0, 2, 2)
    with live.runtime.database.read() as session:
        settled = session.scalar(
            select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "judgement.settled")
        )
        quota = quota_left(
            session, phase=submission.phase, problem=submission.problem, team=submission.team, now=utc_now()
        )
        assert session.scalar(select(func.count()).select_from(Judgement)) == 1
    assert settled == 1
    assert quota.used_today == 1
    assert worker.stop() == 0
    assert processes_below(live.runtime.settings.home) == [
        command for command in processes_below(live.runtime.settings.home) if "valkey" in command
    ]
    assert not list((live.runtime.settings.home / "jobs").rglob("*.json"))


def test_what_is_handed_in_while_the_queue_is_down_is_judged_later(
    live: World, valkey: Valkey, worker: Worker
) -> None:
    valkey.stop()
    account = live.person()
    started = time.monotonic()
    submission = live.submit(account)
    assert time.monotonic() - started < 5
    valkey.start()
    worker.start()
    done = await_done(live, submission.judgements[-1].id, worker)
    assert done.verdict == "AC"


def test_a_queue_that_restarts_under_a_worker(live: World, valkey: Valkey, worker: Worker) -> None:
    worker.start()
    account = live.person()
    first = live.submit(account)
    await_done(live, first.judgements[-1].id, worker)
    valkey.stop()
    second = live.submit(account)
    valkey.start()
    done = await_done(live, second.judgements[-1].id, worker)
    assert done.verdict == "AC"


def test_a_stopping_worker_gives_its_work_back(live: World, worker: Worker) -> None:
    worker.start()
    account = live.person()
    submission = live.submit(account, problem_slug="tiny-function", filename="solution.py", chunks=[SLOW_PY])
    judgement_id = submission.judgements[-1].id
    wait_until(lambda: state(live, judgement_id) == "running", within_s=PATIENCE_S, what="it runs")
    assert worker.stop() == 0
    waiting = live.judgement(judgement_id)
    assert (waiting.state, waiting.n_attempts) == ("queued", 0)


def test_a_crowd_drains(live: World, worker: Worker) -> None:
    function = {"problem_slug": "tiny-function", "filename": "s.py", "chunks": [GOOD_PY]}
    ids = []
    for account in [live.person() for _ in range(6)]:
        for more in ({}, function):
            ids.append(live.submit(account, **more).judgements[-1].id)
    worker.start()
    for judgement_id in ids:
        done = await_done(live, judgement_id, worker)
        assert (done.verdict, done.n_attempts) == ("AC", 1)
