"""Who is rung for: queues by what a judgement needs, and no bells heaped up where nobody listens."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from processes import Valkey
from sqlalchemy import update

from judge import runtime as runtimes
from judge.clock import utc_now
from judge.dispatch import GPU_QUEUE, QUEUE, own_queue
from judge.models import Judgement
from judge.settings import Settings
from judge.worker import pipeline
from judge.worker.bench import DirectSource
from judge.worker.heartbeat import reap
from judge.worker.host import Host
from judge.worker.identity import take_identity
from sandboxes.select import select_provider
from tests.factories.gpus import gpu_package, gpu_worker, sighting
from tests.factories.packages import GOOD_PY
from tests.factories.worlds import World


@pytest.fixture
def bells(sqlite_settings: Settings) -> Iterator[redis.Redis]:
    server = Valkey(sqlite_settings)
    server.start()
    client = redis.Redis.from_url(sqlite_settings.effective_redis_url)
    yield client
    client.close()
    server.stop()


@pytest.fixture
def host(sqlite_settings: Settings, bells: redis.Redis) -> Iterator[Host]:
    """A worker without GPUs."""
    identity = take_identity(sqlite_settings)
    provider = select_provider(
        "local", allow_local=True, owner=identity.owner, run_dir=sqlite_settings.run_dir
    )
    runtime = runtimes.build(sqlite_settings)
    built = Host(runtime, identity, provider, DirectSource(provider), provider.report())
    built.start()
    yield built
    built.close()
    provider.close()
    runtime.dispatcher.close()


@pytest.fixture
def world(host: Host, tmp_path: Path) -> World:
    made = World(host.runtime)
    made.publish(gpu_package(tmp_path, "{}"))
    made.publish(gpu_package(tmp_path, "{need: preferred}", slug="tiny-wish"))
    return made


def submit(world: World, slug: str) -> int:
    made = world.submit(world.person(), problem_slug=slug, filename="solution.py", chunks=[GOOD_PY])
    return made.judgements[-1].id


def counts(bells: redis.Redis, *more: str) -> list[int]:
    return [int(bells.llen(queue)) for queue in (QUEUE, GPU_QUEUE, *more)]


def forget_rings(world: World) -> None:
    """Let all that waits have been rung for long ago."""
    with world.runtime.database.transaction() as session:
        session.execute(update(Judgement).values(rung_at=None, queued_at=utc_now()))


def test_each_need_has_its_queue(world: World, bells: redis.Redis) -> None:
    submit(world, "tiny-wish")
    assert counts(bells) == [1, 0]
    submit(world, "tiny-gpu")
    assert counts(bells) == [1, 1]
    ring = world.runtime.dispatcher.ring
    assert ring(7, worker="h/0") is True
    assert counts(bells, own_queue("h/0")) == [1, 1, 1]
    assert ring(7, "required", but=frozenset({GPU_QUEUE})) is False
    assert counts(bells) == [1, 1]


def test_bells_do_not_heap_up_while_no_gpu_worker_is_there(
    host: Host, world: World, bells: redis.Redis
) -> None:
    submit(world, "tiny-gpu")

    def n_bells(queue: str) -> int:
        return int(bells.llen(queue))

    for _ in range(5):
        forget_rings(world)
        reap(host, n_bells)
    assert counts(bells) == [0, 1]
    bells.flushall()  # the queue lost everything
    forget_rings(world)
    reap(host, n_bells)
    assert counts(bells) == [0, 1]


def test_a_worker_without_gpus_passes_on_what_may_have_one(
    host: Host, world: World, bells: redis.Redis
) -> None:
    gpu_worker(host.runtime, "h/0", sighting("GPU-1"))
    judgement_id = submit(world, "tiny-wish")
    pipeline.work(host, judgement_id)
    assert world.judgement(judgement_id).state == "queued"
    assert counts(bells)[1] == 1


def test_it_judges_on_the_cpu_what_only_prefers_one(host: Host, world: World, bells: redis.Redis) -> None:
    required, preferred = submit(world, "tiny-gpu"), submit(world, "tiny-wish")
    pipeline.work(host, required)
    done = world.judgement(preferred)
    assert (done.state, done.verdict, done.receipt["device"]) == ("done", "AC", "cpu")
    assert done.receipt["limits"]["gpu"]["need"] == "preferred"
    assert done.receipt["image"] == "python-ml"
    waiting = world.judgement(required)
    assert (waiting.state, waiting.n_attempts, waiting.fence) == ("queued", 0, 0)
