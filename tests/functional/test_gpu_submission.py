"""A submission that needs a GPU, all the way: real queue, worker, engine and binding.

The driver is the tests' (`tests.factories.fake_nvml`), and the engine a private one that knows NVIDIA's
programs by name (`tests.factories.gpu_engine`).
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest
from processes import Valkey, Worker, wait_until
from sqlalchemy import select

from judge import runtime as runtimes
from judge.clock import utc_now
from judge.models import GpuLease, Judgement, Submission
from judge.services import gpu_fleet, seating
from judge.settings import Settings
from tests.factories.fake_nvml import FakeGpu, FakeNvml
from tests.factories.gpu_engine import GpuEngine, gpu_engine
from tests.factories.gpus import gpu_package
from tests.factories.packages import GOOD_PY, SLOW_PY
from tests.factories.worlds import World

pytestmark = [pytest.mark.docker, pytest.mark.serial, pytest.mark.slow, pytest.mark.timeout(240)]

PREFIX = "openmodels-judge/runner-"
PACKAGES = "/usr/local/lib/python3.11/dist-packages"
# What the scorer of `function` problems imports.
NEEDED = ("numpy", "numpy.libs", "pydantic", "pydantic_core", "annotated_types", "typing_inspection")
SEES_DEVICES = b"""\
import os

def double(x):
    nodes = sorted(name for name in os.listdir("/dev") if name.startswith("nvidia"))
    if nodes != ["nvidia0"] or os.environ["CUDA_VISIBLE_DEVICES"] != "GPU-a":
        raise RuntimeError("not the device that was lent")
    shared = os.statvfs("/dev/shm")
    if shared.f_blocks * shared.f_frsize <= 64 << 20:  # what a program without a GPU gets
        raise RuntimeError("no room for the batches of PyTorch's loaders")
    return 2 * x
"""


@pytest.fixture(scope="module")
def engine() -> Iterator[GpuEngine]:
    with gpu_engine({"GPU-a": 0, "GPU-b": 1}) as found:
        found.copy_image(f"{PREFIX}python")
        _copy_scoring_image(found)
        yield found


def _copy_scoring_image(engine: GpuEngine) -> None:
    """Make a `python-ml` of the plain image and the few packages it needs: copying it takes minutes."""
    with contextlib.closing(docker.from_env()) as usual, contextlib.closing(engine.client()) as own:
        source = usual.containers.create(f"{PREFIX}python-ml", network_mode="none")
        target = own.containers.create(f"{PREFIX}python", network_mode="none")
        try:
            for name in (*NEEDED, "typing_extensions.py"):
                chunks, _ = source.get_archive(f"{PACKAGES}/{name}")
                target.put_archive(PACKAGES, b"".join(chunks))
            target.commit(f"{PREFIX}python-ml", "latest")
        finally:
            source.remove()
            target.remove()


@pytest.fixture
def settings(sqlite_settings: Settings) -> Settings:
    return sqlite_settings


@pytest.fixture
def nvml(tmp_path: Path) -> FakeNvml:
    driver = FakeNvml(tmp_path / "driver")
    driver.set(FakeGpu("GPU-a"))
    return driver


@pytest.fixture
def valkey(settings: Settings) -> Iterator[Valkey]:
    server = Valkey(settings)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def live(settings: Settings, valkey: Valkey, tmp_path: Path) -> Iterator[World]:
    runtime = runtimes.build(settings)
    world = World(runtime)
    world.publish(gpu_package(tmp_path, "{kind: A100, memory_mib: 40000}"))
    world.publish(gpu_package(tmp_path, "{need: preferred}", slug="tiny-wish"))
    yield world
    runtime.close()


@pytest.fixture
def start(settings: Settings, engine: GpuEngine) -> Iterator[Callable[..., Worker]]:
    """Start workers on the private engine, with a driver or without."""
    engine.forget()
    started: list[Worker] = []

    def begin(driver: FakeNvml | None = None, **more: str) -> Worker:
        own = driver.environment() if driver else {}
        worker = Worker(settings, JUDGE_SANDBOX="docker", DOCKER_HOST=engine.url, **own, **more)
        worker.log = settings.home / f"worker-{len(started)}.log"
        worker.start()
        started.append(worker)
        return worker

    yield begin
    for worker in started:
        worker.stop(within_s=60)


def submit(live: World, body: bytes = GOOD_PY, slug: str = "tiny-gpu") -> Submission:
    return live.submit(live.person(), problem_slug=slug, filename="solution.py", chunks=[body])


def number(submission: Submission) -> int:
    return submission.judgements[-1].id


def state(live: World, submission: Submission) -> str:
    return live.judgement(number(submission)).state


def await_state(live: World, submission: Submission, wanted: str, worker: Worker) -> Judgement:
    try:
        wait_until(lambda: state(live, submission) == wanted, within_s=60, what=f"it is {wanted}")
    except AssertionError as error:
        raise AssertionError(f"{error}\n{worker.log.read_text()[-6000:]}") from None
    return live.judgement(number(submission))


def leases(live: World) -> list[tuple[str, int, int]]:
    with live.runtime.database.read() as session:
        rows = session.scalars(select(GpuLease).order_by(GpuLease.id))
        return [(row.device.uuid, row.judgement_id, row.fence) for row in rows]


def quarantined(live: World) -> dict[str, str]:
    with live.runtime.database.read() as session:
        devices = gpu_fleet.list_devices(session)
        return {device.uuid: device.quarantine_reason for device in devices if device.quarantined_at}


def waits_for(live: World, submission: Submission) -> str | None:
    with live.runtime.database.read() as session:
        judgement = session.get_one(Judgement, number(submission))
        waiting = seating.waiting_for(session, judgement, now=utc_now())
        return waiting.code if waiting else None


def is_online(live: World) -> bool:
    with live.runtime.database.read() as session:
        return bool(gpu_fleet.online(session, now=utc_now()))


def test_it_waits_for_a_gpu_worker_and_then_runs_on_its_device(
    live: World, start: Callable[..., Worker], nvml: FakeNvml, engine: GpuEngine
) -> None:
    plain = start()
    wish = submit(live, slug="tiny-wish")
    submission = submit(live, SEES_DEVICES)
    done = await_state(live, wish, "done", plain)  # it only prefers one: none is there
    assert (done.verdict, done.receipt["device"], done.receipt["gpus"]) == ("AC", "cpu", [])
    assert state(live, submission) == "queued"
    assert live.judgement(number(submission)).n_attempts == 0
    assert waits_for(live, submission) == "gpu-offline"
    assert engine.asked() == []
    worker = start(nvml)
    done = await_state(live, submission, "done", worker)
    assert (done.verdict, done.n_attempts) == ("AC", 1), done.admin_detail
    assert done.receipt["device"] == "1 × NVIDIA A100-SXM4-80GB"
    assert done.receipt["gpus"] == [{"id": "GPU-a", "kind": "NVIDIA A100-SXM4-80GB", "memory_mib": 81_920}]
    assert done.receipt["limits"]["gpu"]["memory_mib"] == 40_000
    execute = done.receipt["limits"]["execute"]
    assert execute["shm_mib"] == execute["memory_mib"] // 2
    assert {one["visible"] for one in engine.asked()} == {"GPU-a"}  # and not for the scorer's container
    wait_until(lambda: leases(live) == [], within_s=30, what="the device is given back")
    assert quarantined(live) == {}
    again = await_state(live, submit(live, slug="tiny-wish"), "done", worker)
    assert again.receipt["device"] == "1 × NVIDIA A100-SXM4-80GB"  # one that prefers it gets it too


def test_a_device_left_dirty_is_quarantined_and_the_next_one_waits(
    live: World, start: Callable[..., Worker], nvml: FakeNvml
) -> None:
    worker = start(nvml, JUDGE_GPU_CLEAN_WITHIN_S="1")
    first = submit(live, SLOW_PY)
    await_state(live, first, "running", worker)
    assert leases(live) == [("GPU-a", number(first), 1)]
    second = submit(live)
    assert waits_for(live, second) == "gpu-busy"
    nvml.change("GPU-a", used_mib=9000, pids=(4711,))
    await_state(live, first, "done", worker)
    wait_until(lambda: "GPU-a" in quarantined(live), within_s=30, what="it is quarantined")
    assert "4711" in quarantined(live)["GPU-a"]
    assert leases(live) == []
    assert (state(live, second), waits_for(live, second)) == ("queued", "gpu-offline")
    nvml.change("GPU-a", used_mib=4, pids=())
    with live.runtime.database.transaction() as session:
        gpu_fleet.ask_release(session, "GPU-a", now=utc_now())
    assert await_state(live, second, "done", worker).verdict == "AC"


def test_a_device_that_no_sandbox_starts_on_costs_no_attempt(
    live: World, start: Callable[..., Worker], nvml: FakeNvml, engine: GpuEngine
) -> None:
    engine.break_driver("initialization error: nvml error: driver not loaded")
    worker = start(nvml)
    submission = submit(live)
    wait_until(lambda: "GPU-a" in quarantined(live), within_s=60, what="it is quarantined")
    assert "driver not loaded" in quarantined(live)["GPU-a"]
    assert (state(live, submission), waits_for(live, submission)) == ("queued", "gpu-offline")
    assert live.judgement(number(submission)).n_attempts == 0
    engine.forget()
    with live.runtime.database.transaction() as session:
        gpu_fleet.ask_release(session, "GPU-a", now=utc_now())
    assert await_state(live, submission, "done", worker).verdict == "AC"


def test_a_killed_worker_frees_nothing_until_its_device_is_clean(
    live: World, start: Callable[..., Worker], nvml: FakeNvml, engine: GpuEngine
) -> None:
    worker = start(nvml)
    submission = submit(live, SLOW_PY)
    await_state(live, submission, "running", worker)
    nvml.change("GPU-a", pids=(4711,))  # what it runs on the device
    worker.kill_group()
    n_asked = len(engine.asked())
    worker.start()
    wait_until(lambda: state(live, submission) == "queued", within_s=30, what="it is taken from the dead")
    time.sleep(2.0)
    assert state(live, submission) == "queued"
    assert leases(live) == [("GPU-a", number(submission), 1)]
    assert len(engine.asked()) == n_asked
    nvml.change("GPU-a", pids=())
    done = await_state(live, submission, "done", worker)
    assert (done.verdict, done.fence, done.n_attempts) == ("AC", 2, 2)
    wait_until(lambda: leases(live) == [], within_s=30, what="the device is given back")
    assert quarantined(live) == {}


def test_two_workers_of_one_host_share_two_devices(
    live: World, start: Callable[..., Worker], nvml: FakeNvml
) -> None:
    nvml.set(FakeGpu("GPU-a"), FakeGpu("GPU-b"))
    workers = [start(nvml) for _ in range(2)]
    wait_until(lambda: is_online(live), within_s=60, what="a worker is online")
    submissions = [submit(live, SLOW_PY) for _ in range(3)]
    seen: set[frozenset[str]] = set()
    deadline = time.monotonic() + 90
    while any(state(live, one) != "done" for one in submissions):
        assert time.monotonic() < deadline, workers[0].log.read_text()[-4000:]
        held = [uuid for uuid, _, _ in leases(live)]
        assert len(held) == len(set(held)) <= 2
        seen.add(frozenset(held))
        time.sleep(0.05)
    assert frozenset({"GPU-a", "GPU-b"}) in seen  # both at once
    devices = {live.judgement(number(one)).receipt["gpus"][0]["id"] for one in submissions}
    assert devices == {"GPU-a", "GPU-b"}
    assert [live.judgement(number(one)).n_attempts for one in submissions] == [1, 1, 1]
