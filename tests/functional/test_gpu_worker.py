"""A worker's GPUs, with NVIDIA's own binding reading a driver of the tests'; and `judge gpus`."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import SQLAlchemyError
from typer.testing import CliRunner, Result

from judge import runtime as runtimes
from judge.cli.main import app
from judge.clock import utc_now
from judge.models import GpuLease
from judge.services import gpu_leases, seating, workers
from judge.services.seating import Seat
from judge.settings import Settings
from judge.worker import gpus as gpus_module
from judge.worker.gpus import Gpus
from judge.worker.heartbeat import Periodic
from sandboxes.gpus import NoGpus, find_inventory
from tests.factories.fake_nvml import FakeGpu, FakeNvml, FakeSlice
from tests.factories.gpus import gpu_package
from tests.factories.packages import GOOD_PY
from tests.factories.worlds import World


@pytest.fixture
def nvml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeNvml:
    driver = FakeNvml(tmp_path / "driver")
    driver.set(FakeGpu("GPU-1"), FakeGpu("GPU-2", kind="Tesla T4", total_mib=15_360))
    driver.load(monkeypatch)
    return driver


@pytest.fixture
def world(sqlite_settings: Settings, tmp_path: Path) -> Iterator[World]:
    runtime = runtimes.build(sqlite_settings)
    made = World(runtime)
    made.publish(gpu_package(tmp_path, "{kind: A100}"))
    yield made
    runtime.close()


def start(world: World, name: str = "h/0", *, clean_within_s: float = 0.2) -> Gpus:
    """Begin the life of a worker with the driver's GPUs."""
    settings = world.runtime.settings.model_copy(update={"gpu_clean_within_s": clean_within_s})
    gpus = Gpus(replace(world.runtime, settings=settings), name, find_inventory())
    with world.runtime.database.transaction() as session:
        workers.report(session, name=name, n_slots=1, sandbox={}, started_at=utc_now())
    gpus.start()
    return gpus


def take(world: World, gpus: Gpus) -> Seat:
    file = {"problem_slug": "tiny-gpu", "filename": "solution.py", "chunks": [GOOD_PY]}
    submission = world.submit(world.person(), **file)
    with world.runtime.database.transaction() as session:
        judgement_id = submission.judgements[-1].id
        seat = seating.take(session, judgement_id, place=gpus.place, now=utc_now(), lease_s=10)
    assert seat is not None
    return seat


def die(world: World, name: str) -> None:
    """Say good-bye for a worker, its leases left as they are."""
    with world.runtime.database.transaction() as session:
        workers.gone(session, name=name)


def judge(world: World, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--home", str(world.runtime.settings.home)])


def states(world: World) -> dict[str, tuple[str, str]]:
    said = json.loads(judge(world, "gpus", "list", "--json").stdout)
    return {row["id"]: (row["state"], row["detail"]) for row in said}


def leave(_nothing: None = None) -> None:
    raise AssertionError("there is no reason to stop work")


def test_devices_and_slices_are_announced(world: World, nvml: FakeNvml) -> None:
    nvml.set(FakeGpu("GPU-1", slices=[FakeSlice("MIG-1"), FakeSlice("MIG-2")]), FakeGpu("GPU-2"))
    gpus = start(world)
    assert gpus.place.gpus == {"MIG-1", "MIG-2", "GPU-2"}
    assert set(states(world)) == {"MIG-1", "MIG-2", "GPU-2"}
    assert {state for state, _ in states(world).values()} == {"free"}
    seat = take(world, gpus)
    assert [lent.uuid for lent in seat.gpus] == ["MIG-1"]  # the smallest that is an A100
    lines = judge(world, "gpus", "list").stdout
    assert "NVIDIA A100-SXM4-80GB MIG 1g.10gb" in lines
    assert f"lent: to judgement {seat.held.judgement_id}, by h/0" in lines


def test_a_host_without_a_driver_lends_nothing(world: World) -> None:
    gpus = Gpus(world.runtime, "h/0", NoGpus())
    gpus.start()
    assert (gpus.is_possible, gpus.queues, gpus.place.gpus) == (False, (), frozenset())
    assert judge(world, "gpus", "list").stdout == "no worker announced a GPU\n"


def test_a_clean_device_is_free_again(world: World, nvml: FakeNvml) -> None:
    gpus = start(world)
    seat = take(world, gpus)
    assert states(world)["GPU-1"][0] == "lent"
    gpus.give_back(seat.gpus)
    assert states(world)["GPU-1"] == ("free", "")


def test_a_device_that_takes_a_moment_is_waited_for(world: World, nvml: FakeNvml) -> None:
    gpus = start(world, clean_within_s=20)
    seat = take(world, gpus)
    nvml.change("GPU-1", pids=(4711,), used_mib=3000)
    later = threading.Timer(0.4, lambda: nvml.change("GPU-1", pids=(), used_mib=4))
    later.start()
    gpus.give_back(seat.gpus)
    later.join()
    assert states(world)["GPU-1"] == ("free", "")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"pids": (4711,)}, "4711"),
        ({"used_mib": 3000}, "3000 MiB in use, 4 MiB before"),
        ({"error": 15}, "GPU-1"),
    ],
)
def test_what_does_not_come_clean_is_quarantined(
    world: World, nvml: FakeNvml, fields: dict, why: str
) -> None:
    gpus = start(world)
    seat = take(world, gpus)
    nvml.change("GPU-1", **fields)
    gpus.give_back(seat.gpus)
    state, detail = states(world)["GPU-1"]
    assert state == "quarantined"
    assert why in detail
    gpus.tend(leave)
    assert states(world)["GPU-1"][0] == "quarantined"  # nobody lifts it but an administrator


def test_release_asks_a_worker_to_look(world: World, nvml: FakeNvml) -> None:
    gpus = start(world)
    seat = take(world, gpus)
    nvml.change("GPU-1", used_mib=3000)
    gpus.give_back(seat.gpus)
    alone = judge(world, "gpus", "release", "GPU-1", "--wait", "0")
    assert alone.exit_code == 5
    assert "no worker that sees it answered" in alone.stderr
    tender = Periodic("gpus", 0.05, lambda: gpus.tend(leave))
    tender.start()
    try:
        refused = judge(world, "gpus", "release", "GPU-1")
        assert refused.exit_code == 1
        assert "stays in quarantine: 3000 MiB in use" in refused.stderr
        nvml.change("GPU-1", pids=(7,))
        refused = judge(world, "gpus", "release", "GPU-1", "--accept-memory")
        assert "processes still on it: 7" in refused.stderr
        nvml.change("GPU-1", pids=())
        done = judge(world, "gpus", "release", "GPU-1", "--accept-memory")
        assert done.exit_code == 0
        assert done.stdout.endswith("GPU-1 is lent again\n")
    finally:
        tender.stop()
    assert states(world)["GPU-1"] == ("free", "")
    assert judge(world, "gpus", "release", "GPU-1").exit_code == 3
    assert judge(world, "gpus", "release", "GPU-7").exit_code == 3


def test_a_restarted_worker_looks_at_what_it_left(world: World, nvml: FakeNvml) -> None:
    left = take(world, start(world))
    assert left.gpus
    start(world)
    assert states(world)["GPU-1"] == ("free", "")
    with world.runtime.database.transaction() as session:
        held = left.held
        device_id = left.gpus[0].device_id
        gpu_leases.lend(session, held, [device_id], utc_now())
    nvml.change("GPU-1", pids=(99,))
    start(world)
    assert states(world)["GPU-1"][0] == "quarantined"


def test_a_neighbour_takes_over_from_the_dead(world: World, nvml: FakeNvml) -> None:
    first, second = start(world, "h/0"), start(world, "h/1")
    take(world, first)
    second.tend(leave)
    assert states(world)["GPU-1"][0] == "lent"  # the first one lives
    die(world, "h/0")
    second.tend(leave)
    assert states(world)["GPU-1"] == ("free", "")
    assert take(world, second).gpus[0].uuid == "GPU-1"


def test_a_device_that_vanished_is_lent_no_more(world: World, nvml: FakeNvml) -> None:
    gpus = start(world)
    nvml.set(FakeGpu("GPU-2", kind="Tesla T4", total_mib=15_360))
    gpus.tend(leave)
    assert gpus.place.gpus == {"GPU-2"}
    assert states(world)["GPU-1"][0] == "offline"


def test_what_could_not_be_written_is_given_back_later(world: World, nvml: FakeNvml) -> None:
    gpus = start(world)
    seat = take(world, gpus)
    with world.runtime.database.transaction() as session:
        session.execute(text("ALTER TABLE gpu_lease RENAME TO gone"))
    gpus.give_back(seat.gpus)
    with world.runtime.database.transaction() as session:
        session.execute(text("ALTER TABLE gone RENAME TO gpu_lease"))
    assert states(world)["GPU-1"][0] == "lent"
    gpus.tend(leave)
    assert states(world)["GPU-1"] == ("free", "")


def test_without_a_database_gpu_work_ends_before_others_take_over(
    world: World, nvml: FakeNvml, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert gpus_module.FENCE_AFTER_S < workers.ALIVE_S
    gpus = start(world)
    with world.runtime.database.transaction() as session:
        session.execute(text("ALTER TABLE worker_host RENAME TO gone"))
    stopped: list[bool] = []
    with pytest.raises(SQLAlchemyError):
        gpus.tend(lambda: stopped.append(True))
    assert stopped == []  # it may be back in a moment
    monkeypatch.setattr(gpus_module, "FENCE_AFTER_S", 0.0)
    with pytest.raises(SQLAlchemyError):
        gpus.tend(lambda: stopped.append(True))
    assert stopped == [True]


def test_a_late_owner_does_not_end_the_lease_of_the_next(world: World, nvml: FakeNvml) -> None:
    gpus = start(world)
    seat = take(world, gpus)
    with world.runtime.database.transaction() as session:
        session.execute(update(GpuLease).values(fence=GpuLease.fence + 1))
    gpus.give_back(seat.gpus)
    assert states(world)["GPU-1"][0] == "lent"
