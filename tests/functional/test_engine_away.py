"""A worker whose Docker engine goes away and comes back: work waits, is done in the end, and costs nobody."""

import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import Valkey, Worker, wait_until
from test_worker_process import PATIENCE_S, await_done, live, settings, state, valkey  # noqa: F401 - fixtures

from judge.clock import utc_now
from judge.services.quota import quota_left
from judge.settings import Settings
from sandboxes.docker import Docker
from tests.factories.packages import SLOW_PY
from tests.factories.worlds import World

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]
ENGINE = "/var/run/docker.sock"


class Wire:
    """The way to the machine's own engine, which the test can cut: the engine serves others, too.

    Args:
        path: of the socket that the worker is told of.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._open: list[socket.socket] = []
        self._listener: socket.socket | None = None
        self._lock = threading.Lock()

    def mend(self) -> None:
        """Let the engine be reached."""
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen(64)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        """End every conversation, and refuse new ones."""
        with self._lock:
            if self._listener is not None:
                self._listener.shutdown(socket.SHUT_RDWR)
                self._listener.close()
                self._listener = None
            for end in self._open:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            self._open.clear()
        self.path.unlink(missing_ok=True)

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(ENGINE)
                with self._lock:
                    self._open += [near, far]
                threading.Thread(target=_carry, args=(near, far), daemon=True).start()


def _carry(near: socket.socket, far: socket.socket) -> None:
    with near, far, selectors.DefaultSelector() as waiting, contextlib.suppress(OSError):
        waiting.register(near, selectors.EVENT_READ, far)
        waiting.register(far, selectors.EVENT_READ, near)
        while waiting.get_map():
            for key, _ in waiting.select():
                body = key.fileobj.recv(65536)
                if not body:
                    return
                key.data.sendall(body)


@pytest.fixture
def wire(settings: Settings) -> Iterator[Wire]:  # noqa: F811
    made = Wire(settings.run_dir / "engine.sock")
    made.mend()
    yield made
    made.cut()


@pytest.fixture
def worker(settings: Settings, valkey: Valkey, wire: Wire) -> Iterator[Worker]:  # noqa: F811
    # Nothing warm: a sandbox that stands ready needs no engine any more.
    engine = {"JUDGE_SANDBOX": "docker", "DOCKER_HOST": f"unix://{wire.path}", "JUDGE_WARM_SANDBOXES": "0"}
    process = Worker(settings, **engine)
    yield process
    process.stop()
    sweeper = Docker("nobody", settings.run_dir / "nobody")
    left = sweeper.client.containers.list(all=True, ignore_removed=True, filters={"name": "judge-"})
    names = [one.name for one in left if str(settings.home) in str(one.attrs.get("Mounts"))]
    sweeper.close()
    assert not names, process.log.read_text()[-8000:]


def n_used(world: World, submission) -> int:
    with world.runtime.database.read() as session:
        return quota_left(
            session, phase=submission.phase, problem=submission.problem, team=submission.team, now=utc_now()
        ).used_today


def test_work_waits_for_an_engine_that_is_away(live: World, worker: Worker, wire: Wire) -> None:  # noqa: F811
    worker.start()
    account = live.person()
    first = live.submit(account)
    assert await_done(live, first.judgements[-1].id, worker).verdict == "AC"
    wire.cut()
    waiting = live.submit(account)
    judgement_id = waiting.judgements[-1].id
    wait_until(
        lambda: "worker_unwell" in worker.log.read_text(), within_s=PATIENCE_S, what="the worker sees it"
    )
    time.sleep(8)  # longer than the attempts that it has would last
    judgement = live.judgement(judgement_id)
    assert judgement.state == "queued"
    assert "engine" in judgement.admin_detail
    wire.mend()
    done = await_done(live, judgement_id, worker)
    assert (done.verdict, done.score) == ("AC", 1.0)
    assert "worker_well_again" in worker.log.read_text()
    assert n_used(live, waiting) == 2
    assert worker.stop() == 0


def test_an_engine_that_goes_away_in_mid_step(live: World, worker: Worker, wire: Wire) -> None:  # noqa: F811
    """The step itself goes on, as our channel to it does not lead through the engine; what follows waits."""
    worker.start()
    account = live.person()
    slow = live.submit(account, problem_slug="tiny-function", filename="solution.py", chunks=[SLOW_PY])
    judgement_id = slow.judgements[-1].id
    wait_until(lambda: state(live, judgement_id) == "running", within_s=PATIENCE_S, what="it runs")
    wire.cut()
    time.sleep(3)
    wire.mend()
    done = await_done(live, judgement_id, worker)
    assert (done.verdict, done.score) == ("AC", 1.0)
    assert n_used(live, slow) == 1
