"""Who may begin what needs GPUs, on both databases: exact under concurrency, and after a crash."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from judge.clock import utc_now
from judge.errors import Conflict, NotFound
from judge.models import GpuDevice, GpuLease, Judgement, Submission, WorkerHost
from judge.models.words import State, Verdict
from judge.services import gpu_fleet, gpu_leases, judgements, reaping, seating, workers
from judge.services.results import JudgementResult
from judge.services.seating import Place, Seat, Waiting
from tests.factories.gpus import A100, gpu_package, gpu_worker, sighting
from tests.factories.packages import GOOD_PY, predictions_package
from tests.factories.worlds import World

ONE, TWO = sighting("GPU-1"), sighting("GPU-2")


def submit(world: World, slug: str = "tiny-gpu") -> Submission:
    file = {"filename": "solution.py", "chunks": [GOOD_PY]}
    return world.submit(world.person(), problem_slug=slug, **file)


def number(submission: Submission) -> int:
    return submission.judgements[-1].id


def take(world: World, judgement_id: int, place: Place) -> Seat | None:
    with world.runtime.database.transaction() as session:
        return seating.take(session, judgement_id, place=place, now=utc_now(), lease_s=10)


def finish(world: World, seat: Seat, dirt: dict[str, str] | None = None) -> list[str]:
    with world.runtime.database.transaction() as session:
        judgements.settle(session, seat.held, JudgementResult(verdict=Verdict.AC), utc_now())
    with world.runtime.database.transaction() as session:
        return gpu_leases.give_back(session, seat.gpus, dirt=dirt or {}, now=utc_now())


def next_for(world: World, place: Place) -> int | None:
    with world.runtime.database.read() as session:
        return seating.next_queued(session, place=place, now=utc_now())


def waits_for(world: World, submission: Submission) -> Waiting | None:
    with world.runtime.database.read() as session:
        judgement = session.get_one(Judgement, number(submission))
        return seating.waiting_for(session, judgement, now=utc_now())


def leases(world: World) -> list[tuple[str, int, int, str]]:
    with world.runtime.database.read() as session:
        rows = session.scalars(select(GpuLease).order_by(GpuLease.id))
        return [(row.device.uuid, row.judgement_id, row.fence, row.worker) for row in rows]


def age(world: World, judgement_id: int, seconds: float) -> None:
    with world.runtime.database.transaction() as session:
        session.execute(
            update(Judgement)
            .where(Judgement.id == judgement_id)
            .values(queued_at=utc_now() - timedelta(seconds=seconds))
        )


def silence(world: World, worker: str) -> None:
    """Let a worker's last sign of life be long ago."""
    with world.runtime.database.transaction() as session:
        session.execute(
            update(WorkerHost)
            .where(WorkerHost.name == worker)
            .values(seen_at=utc_now() - timedelta(seconds=workers.ALIVE_S + 1))
        )


@pytest.fixture
def required(world: World, tmp_path) -> World:
    world.publish(gpu_package(tmp_path, "{count: 1, kind: A100, memory_mib: 40000}"))
    world.publish(predictions_package(tmp_path))
    return world


@pytest.fixture
def preferred(world: World, tmp_path) -> World:
    world.publish(gpu_package(tmp_path, "{need: preferred}"))
    return world


def test_required_waits_for_a_worker_that_fits(required: World) -> None:
    submission = submit(required)
    plain = gpu_worker(required.runtime, "h/0")
    small = gpu_worker(required.runtime, "h/1", sighting("GPU-9", kind="Tesla T4", memory_mib=15_360))
    for place in (plain, small):
        assert take(required, number(submission), place) is None
        assert next_for(required, place) is None
    waiting = waits_for(required, submission)
    assert waiting is not None
    assert (waiting.code, waiting.need, waiting.request.kind) == ("gpu-offline", "required", "A100")
    assert required.judgement(number(submission)).n_attempts == 0
    able = gpu_worker(required.runtime, "h/2", ONE)
    assert next_for(required, able) == number(submission)
    seat = take(required, number(submission), able)
    assert seat is not None
    assert [(lent.uuid, lent.kind, lent.baseline_mib) for lent in seat.gpus] == [("GPU-1", A100, 3.0)]
    assert leases(required) == [("GPU-1", number(submission), 1, "h/2")]
    assert waits_for(required, submission) is None


def test_work_without_gpus_is_not_held_up(required: World) -> None:
    submit(required)
    table = required.submit(required.person())
    assert next_for(required, gpu_worker(required.runtime, "h/0")) == number(table)


def test_a_busy_device_is_waited_for_and_given_on(required: World) -> None:
    place = gpu_worker(required.runtime, "h/0", ONE)
    first, second = submit(required), submit(required)
    seat = take(required, number(first), place)
    assert seat is not None
    assert take(required, number(second), place) is None
    waiting = waits_for(required, second)
    assert waiting is not None
    assert waiting.code == "gpu-busy"
    assert finish(required, seat) == []
    assert next_for(required, place) == number(second)
    assert take(required, number(second), place) is not None


def test_a_dirty_device_is_quarantined_until_released(required: World) -> None:
    place = gpu_worker(required.runtime, "h/0", ONE)
    first, second = submit(required), submit(required)
    seat = take(required, number(first), place)
    assert seat is not None
    assert finish(required, seat, {"GPU-1": "processes still on it: 42"}) == ["GPU-1"]
    assert leases(required) == []
    assert take(required, number(second), place) is None
    waiting = waits_for(required, second)
    assert waiting is not None
    assert waiting.code == "gpu-offline"
    database = required.runtime.database
    with database.transaction() as session:
        assert gpu_fleet.ask_release(session, "GPU-1", now=utc_now()).quarantine_reason.endswith("42")
    with database.read() as session:
        assert [device.uuid for device in gpu_fleet.asked_for(session, place.gpus)] == ["GPU-1"]
        assert gpu_fleet.asked_for(session, []) == []
    with database.transaction() as session:
        gpu_fleet.conclude_release(session, "GPU-1", used_mib=3, reason="still there", now=utc_now())
    assert take(required, number(second), place) is None
    with database.transaction() as session:
        gpu_fleet.ask_release(session, "GPU-", now=utc_now())
        gpu_fleet.conclude_release(session, "GPU-1", used_mib=5, reason="", now=utc_now())
    seat = take(required, number(second), place)
    assert seat is not None
    assert seat.gpus[0].baseline_mib == 5


def test_only_quarantined_devices_are_released(required: World) -> None:
    gpu_worker(required.runtime, "h/0", ONE, TWO)
    with required.runtime.database.transaction() as session:
        with pytest.raises(Conflict):
            gpu_fleet.ask_release(session, "GPU-1", now=utc_now())
        for name in ("GPU-", "GPU-3", "", "%"):
            with pytest.raises(NotFound):
                gpu_fleet.ask_release(session, name, now=utc_now())


def test_a_device_in_foreign_use_is_not_lent(required: World) -> None:
    busy, mute = sighting("GPU-1", n_processes=2), sighting("GPU-2", used_mib=None)
    place = gpu_worker(required.runtime, "h/0", busy, mute)
    assert take(required, number(submit(required)), place) is None
    with required.runtime.database.read() as session:
        reasons = [device.quarantine_reason for device in gpu_fleet.list_devices(session)]
    assert "2 processes" in reasons[0]
    assert "could not say" in reasons[1]


def test_the_idle_level_follows_the_driver(required: World) -> None:
    def baseline() -> float | None:
        with required.runtime.database.read() as session:
            return session.scalars(select(GpuDevice.baseline_mib)).one()

    place = gpu_worker(required.runtime, "h/0", sighting("GPU-1", used_mib=300))
    with required.runtime.database.transaction() as session:
        for used_mib in (500, 100):  # more is what somebody left behind, less is what idle means
            seen = [sighting("GPU-1", used_mib=used_mib)]
            gpu_fleet.announce(session, worker="h/0", host="h", sightings=seen, now=utc_now())
    assert baseline() == 100
    gpu_worker(required.runtime, "h/0", sighting("GPU-1", used_mib=400))  # a restart, a new driver
    assert baseline() == 400
    assert take(required, number(submit(required)), place) is not None
    gpu_worker(required.runtime, "h/0", sighting("GPU-1", used_mib=9000))  # lent: not idle
    assert baseline() == 400


def test_preferred_runs_on_the_cpu_where_no_gpu_is_online(preferred: World) -> None:
    submission = submit(preferred)
    place = gpu_worker(preferred.runtime, "h/0", patience_s=30)
    assert waits_for(preferred, submission) is None
    assert next_for(preferred, place) == number(submission)
    seat = take(preferred, number(submission), place)
    assert seat is not None
    assert seat.gpus == ()


def test_preferred_waits_a_bounded_time_for_a_busy_gpu(preferred: World) -> None:
    able = gpu_worker(preferred.runtime, "h/0", ONE, patience_s=30)
    plain = gpu_worker(preferred.runtime, "h/1", patience_s=30)
    first, second = submit(preferred), submit(preferred)
    assert take(preferred, number(first), plain) is None  # there is a free one, elsewhere
    seat = take(preferred, number(first), able)
    assert seat is not None
    assert [lent.uuid for lent in seat.gpus] == ["GPU-1"]
    for place in (plain, able):
        assert take(preferred, number(second), place) is None
    waiting = waits_for(preferred, second)
    assert waiting is not None
    assert waiting.code == "gpu-busy"
    age(preferred, number(second), 10)  # far from 30: a busy machine takes its time
    assert take(preferred, number(second), plain) is None
    age(preferred, number(second), 31)
    seat = take(preferred, number(second), plain)
    assert seat is not None
    assert seat.gpus == ()


def test_two_devices_or_none_and_in_order_of_age(world: World, tmp_path) -> None:
    world.publish(gpu_package(tmp_path, "{count: 2}", slug="tiny-two"))
    world.publish(gpu_package(tmp_path, "{count: 1}", slug="tiny-one"))
    place = gpu_worker(world.runtime, "h/0", ONE, TWO)
    running = take(world, number(submit(world, "tiny-one")), place)
    assert running is not None
    large, small = submit(world, "tiny-two"), submit(world, "tiny-one")
    assert take(world, number(large), place) is None
    assert take(world, number(small), place) is None  # the free one is kept for the older request
    finish(world, running)
    assert next_for(world, place) == number(large)
    seat = take(world, number(large), place)
    assert seat is not None
    assert {lent.uuid for lent in seat.gpus} == {"GPU-1", "GPU-2"}
    finish(world, seat)
    assert take(world, number(small), place) is not None


@pytest.mark.parametrize("gpu", ["{count: 1}", "{count: 2}"])
def test_no_device_is_ever_used_twice_at_once(world: World, tmp_path, gpu: str) -> None:
    """Many workers of one host, each seeing all devices, take and give back as fast as they can."""
    world.publish(gpu_package(tmp_path, gpu))
    seen = [sighting(f"GPU-{index}") for index in range(3)]
    places = [gpu_worker(world.runtime, f"h/{index}", *seen) for index in range(6)]
    account = world.person()
    file = {"problem_slug": "tiny-gpu", "filename": "solution.py", "chunks": [GOOD_PY]}
    waiting = {number(world.submit(account, **file)) for _ in range(12)}
    in_use: Counter[str] = Counter()
    guard = threading.Lock()
    done: list[int] = []
    most = 0

    def work(place: Place) -> None:
        nonlocal most
        while len(done) < len(waiting):
            judgement_id = next_for(world, place)
            seat = take(world, judgement_id, place) if judgement_id else None
            if seat is None:
                continue
            uuids = [lent.uuid for lent in seat.gpus]
            with guard:
                in_use.update(uuids)
                assert max(in_use.values()) == 1, in_use
                most = max(most, in_use.total())
            time.sleep(0.005)
            with guard:
                in_use.subtract(uuids)
            finish(world, seat)
            with guard:
                done.append(seat.held.judgement_id)

    with ThreadPoolExecutor(len(places)) as pool:
        list(pool.map(work, places, timeout=60))
    assert sorted(done) == sorted(waiting)
    assert most >= 1
    assert leases(world) == []


def test_the_database_itself_refuses_a_second_lease(required: World) -> None:
    place = gpu_worker(required.runtime, "h/0", ONE)
    seat = take(required, number(submit(required)), place)
    assert seat is not None
    with required.runtime.database.read() as session:
        device_id = session.scalars(select(GpuLease.device_id)).one()
    with (
        pytest.raises(IntegrityError),
        required.runtime.database.transaction() as session,
    ):
        gpu_leases.lend(session, seat.held, [device_id], utc_now())


def test_a_crash_frees_nothing_by_itself(required: World) -> None:
    place = gpu_worker(required.runtime, "h/0", ONE)
    other = gpu_worker(required.runtime, "h/1", ONE)
    submission = submit(required)
    seat = take(required, number(submission), place)
    assert seat is not None
    database = required.runtime.database

    def orphans(worker: str) -> list[str]:
        with database.read() as session:
            found = gpu_leases.list_orphans(session, uuids=other.gpus, worker=worker, now=utc_now())
            return [one.uuid for one in found]

    with database.transaction() as session:  # its judgement goes back to the queue
        reaping.expire(session, now=utc_now() + timedelta(seconds=60), max_attempts=3)
    assert required.judgement(number(submission)).state == State.QUEUED
    assert take(required, number(submission), other) is None
    assert orphans("h/1") == []  # it lives as far as anybody knows
    silence(required, "h/0")
    assert orphans("h/1") == ["GPU-1"]
    with database.read() as session:
        assert [one.uuid for one in gpu_leases.list_own(session, "h/0")] == ["GPU-1"]
        found = gpu_leases.list_orphans(session, uuids=other.gpus, worker="h/1", now=utc_now())
    with database.transaction() as session:
        gpu_leases.give_back(session, found, dirt={}, now=utc_now())
    again = take(required, number(submission), other)
    assert again is not None
    assert leases(required) == [("GPU-1", number(submission), 2, "h/1")]
    # The one that was taken for dead comes back late and finds its device dirty: it is not its any more.
    with database.transaction() as session:
        assert gpu_leases.give_back(session, seat.gpus, dirt={"GPU-1": "busy"}, now=utc_now()) == []
    assert leases(required) == [("GPU-1", number(submission), 2, "h/1")]


def test_a_worker_gone_for_good_takes_its_devices_along(required: World) -> None:
    gpu_worker(required.runtime, "h/0", ONE)
    submission = submit(required)
    silence(required, "h/0")
    waiting = waits_for(required, submission)
    assert waiting is not None
    assert waiting.code == "gpu-offline"
