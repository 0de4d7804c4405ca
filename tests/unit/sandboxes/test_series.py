"""The host's side of a series against supervisors that lie, fall silent or vanish."""

import json
import socket
import threading
import time
from dataclasses import replace

import pytest

from sandboxes.base import Case, OutputSpec, Step
from sandboxes.body import Body, Death
from sandboxes.creators import Creator
from sandboxes.errors import SandboxDied
from sandboxes.exchange import Exchange
from sandboxes.inside import wire
from sandboxes.limits import Limits
from sandboxes.live import LiveOutput
from sandboxes.reports import Measured
from sandboxes.results import Outcome
from sandboxes.series import Series
from sandboxes.slots import Slot

LIMITS = Limits(wall_time_s=10, stdout_kib=1)
WHOLE = Limits(wall_time_s=30, stdout_kib=1)
GOOD = {
    "outcome": "ok", "detail": "", "exit_code": 0, "signal": None, "stdout": 0, "stderr": 0,
    "outputs": [], "wall_time_s": 0.1, "cpu_time_s": 0.5, "peak_memory_mib": 9.0, "timeline": [],
}  # fmt: skip


class Puppet(Body):
    """A sandbox whose supervisor is this test: killing it closes the connection."""

    cgroup = None

    def __init__(self, there: socket.socket, death: Death) -> None:
        self.there = there
        self.death = death
        self.n_kills = 0

    def is_running(self) -> bool:
        return self.n_kills == 0

    def rest(self) -> None:
        """Nothing to give up."""

    def kill(self) -> None:
        self.n_kills += 1
        self.there.close()

    def apply(self, limits: Limits) -> bool:
        return False

    def post_mortem(self) -> Death:
        return self.death

    def start_log(self) -> str:
        return ""


@pytest.fixture
def stage(tmp_path):
    here, there = socket.socketpair()
    body = Puppet(there, Death(None, "the engine is gone"))
    slot = Slot(tmp_path, Creator.current("test"))
    yield Series(here, body, slot, Step(WHOLE, has_cases=True), False), body, slot
    here.close()
    there.close()


def live(body: bytes) -> bytes:
    return wire.HEADER.pack(wire.LIVE, len(body)) + body


def answering(there: socket.socket, *answers: bytes):
    """Answer each case with the next of `answers`; no bytes at all closes."""

    def speak() -> None:
        for answer in answers:
            wire.receive_json(there)
            if not answer:
                there.shutdown(socket.SHUT_RDWR)
                return
            there.sendall(answer)

    thread = threading.Thread(target=speak)
    thread.start()
    return thread


def framed(**changes) -> bytes:
    body = json.dumps(GOOD | changes).encode()
    return wire.HEADER.pack(wire.JSON, len(body)) + body


CASE = Case(("true",), LIMITS, outputs=(OutputSpec("a", 4),))


@pytest.mark.parametrize(
    "answer",
    [
        framed(outcome="accepted"),
        framed(stdout=4096),
        framed(outputs=[["b", 1]]),
        framed(outputs=[["a", 5]]),
        framed(cpu_time_s=-1),
        wire.HEADER.pack(wire.JSON, 1 << 31),
        wire.HEADER.pack(wire.DATA, 3) + b"abc",
        b"HTTP/1.1 200 OK\r\n\r\n",
    ],
)
def test_a_lie_is_a_violation_and_ends_the_series(stage, answer):
    series, body, _ = stage
    speaker = answering(body.there, answer)
    assert series.run_case(CASE).outcome is Outcome.SECURITY
    speaker.join()
    assert body.n_kills
    with pytest.raises(SandboxDied):
        series.run_case(CASE)
    assert series.follow().outcome is Outcome.SECURITY


def test_one_that_vanishes_is_nobody_s_fault(stage):
    series, body, _ = stage
    speaker = answering(body.there, framed(), b"")
    assert series.run_case(CASE).outcome is Outcome.OK
    with pytest.raises(SandboxDied, match="engine is gone"):
        series.run_case(CASE)
    speaker.join()
    with pytest.raises(SandboxDied):
        series.run_case(CASE)


def test_one_that_was_broken_by_the_case_is_a_violation(stage):
    series, body, _ = stage
    body.death = Death(Outcome.SECURITY, "the supervisor ended with status 3")
    speaker = answering(body.there, b"")
    assert series.run_case(CASE).outcome is Outcome.SECURITY
    speaker.join()


def test_silence_is_ended_from_outside_soon_after_the_limit(stage):
    series, body, _ = stage
    began = time.monotonic()
    assert series.run_case(Case(("true",), replace(LIMITS, wall_time_s=0.4))).outcome is Outcome.WALL_TIME
    assert 0.4 <= time.monotonic() - began < 0.6
    assert body.n_kills
    with pytest.raises(SandboxDied):
        series.run_case(CASE)


def test_totals(stage):
    series, body, _ = stage
    speaker = answering(
        body.there, framed(), framed(peak_memory_mib=12.0), framed(outcome="exit", exit_code=3)
    )
    outcomes = [series.run_case(CASE).outcome for _ in range(3)]
    speaker.join()
    series.end()
    series.end()
    totals = series.follow()
    assert outcomes == [Outcome.OK, Outcome.OK, Outcome.EXIT]
    assert (totals.outcome, totals.usage.cpu_time_s, totals.usage.peak_memory_mib) == (Outcome.OK, 1.5, 12.0)
    with pytest.raises(RuntimeError, match="over after 3"):
        series.run_case(CASE)


def test_files_of_a_case_are_there_for_it_alone(stage, tmp_path):
    series, body, slot = stage
    (tmp_path / "x").write_text("x")
    seen = []

    def speak() -> None:
        message = wire.receive_json(body.there)
        seen.append((slot.input_dir / "deep/x").read_text() + (slot.socket_dir / "stdin").read_text())
        seen.append(message["has_stdin"])
        body.there.sendall(framed())

    thread = threading.Thread(target=speak)
    thread.start()
    series.run_case(Case(("true",), LIMITS, stdin=b"y", inputs={"deep/x": tmp_path / "x"}))
    thread.join()
    assert seen == ["xy", True]
    assert list(slot.input_dir.iterdir()) == []
    assert not (slot.socket_dir / "stdin").exists()


def test_a_file_that_cannot_be_placed_is_an_infrastructure_fault(stage, tmp_path):
    series, _, slot = stage
    with pytest.raises(SandboxDied, match="cannot be handed over"):
        series.run_case(Case(("true",), LIMITS, inputs={"x": tmp_path / "absent"}))
    assert list(slot.input_dir.iterdir()) == []


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        (live(b"x" * 1025), Outcome.SECURITY),
        (live(b"x" * 1000) + live(b"x" * 1000), Outcome.SECURITY),
        (wire.HEADER.pack(wire.LIVE, 2**32 - 1), Outcome.SECURITY),
        (live(b"x" * 1000)[:-1], Outcome.WALL_TIME),
        (live(b"x"), Outcome.WALL_TIME),
    ],
    ids=["too-much-at-once", "too-much-in-all", "boast", "half-a-frame", "silence"],
)
def test_live_output_is_not_believed_either(stage, said, outcome):
    series, body, _ = stage
    limits = replace(LIMITS, wall_time_s=0.2)
    output = LiveOutput(1024)
    exchange = Exchange(series._control, body, Measured(None), limits, output)
    body.there.sendall(said)
    result = exchange.conclude(Step(limits, argv=("x",), has_live_output=True))
    assert (result.outcome, exchange.is_lost, body.n_kills > 0) == (outcome, True, True)
    output.end()
    assert len(output.read(0.0) or b"") <= 1000
