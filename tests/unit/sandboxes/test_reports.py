"""A hostile supervisor's words, and the kernel's figures against them."""

import json
import socket
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandboxes.base import OutputSpec, Step
from sandboxes.cgroups import Cgroup
from sandboxes.inside import wire
from sandboxes.limits import Limits
from sandboxes.reports import Measured, lost_supervisor, read_result, settle
from sandboxes.results import Outcome, UsageSample

BIG = 1 << 20
STEP = Step(
    Limits(stdout_kib=1, output_mib=1),
    argv=("x",),
    outputs=(OutputSpec("a", 10), OutputSpec("b", 10), OutputSpec("c", BIG)),
)
GOOD = {
    "outcome": "ok", "detail": "", "exit_code": 0, "signal": None, "stdout": 2, "stderr": 1,
    "outputs": [["a", 3]], "wall_time_s": 1.0, "cpu_time_s": 0.5, "peak_memory_mib": 9.0,
    "timeline": [[0.0, 0.0, 1048576], [0.5, 0.25, 9437184]],
}  # fmt: skip


def say(body: bytes):
    here, there = socket.socketpair()
    with here, there:
        there.sendall(body)
        there.shutdown(socket.SHUT_WR)
        return read_result(here, STEP, time.monotonic() + 2)


def framed(kind: bytes, body: bytes) -> bytes:
    return wire.HEADER.pack(kind, len(body)) + body


def report(**changes) -> bytes:
    return framed(b"J", json.dumps(GOOD | changes).encode())


DATA = framed(b"D", b"hi") + framed(b"D", b"e") + framed(b"D", b"out")


def test_a_good_report():
    result = say(report() + DATA)
    assert (result.outcome, result.stdout, result.stderr) == (Outcome.OK, b"hi", b"e")
    assert result.outputs == {"a": b"out"}
    assert result.usage.timeline == (UsageSample(0.0, 0.0, 1.0), UsageSample(0.5, 0.25, 9.0))


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "winner"},
        {"outcome": 1},
        {"exit_code": 256},
        {"exit_code": True},
        {"signal": 65},
        {"stdout": 1025},
        {"stdout": 1024, "stderr": 1},
        {"stdout": -1},
        {"outputs": [["a", 11]]},
        {"outputs": [["a", 1], ["a", 1]]},
        {"outputs": [["etc/passwd", 1]]},
        {"outputs": [["a", 1], ["b", 1], ["c", 1], ["d", 1]]},
        {"outputs": [["a", 3], ["c", BIG]]},
        {"outputs": [["a", 1.0]]},
        {"outputs": {"a": 1}},
        {"outputs": [[["a"], 1]]},
        {"wall_time_s": float("nan")},
        {"cpu_time_s": float("inf")},
        {"peak_memory_mib": -1},
        {"peak_memory_mib": 10**400},
        {"detail": None},
        {"timeline": None},
        {"timeline": [[0.0, 0.0, 1]] * 121},
        {"timeline": [[0.0, 0.0]]},
        {"timeline": [{"0": 0}]},
        {"timeline": [[0.0, -1.0, 1]]},
        {"timeline": [[0.0, "1", 1]]},
        {"timeline": [[0.0, float("nan"), 1]]},
        {"timeline": [[0.0, 0.0, 10**400]]},
        {"timeline": [[1.0, 0.0, 1], [0.5, 0.0, 1]]},
    ],
)
def test_reports_outside_the_schema(changes):
    with pytest.raises(wire.WireError):
        say(report(**changes) + DATA)


@pytest.mark.parametrize(
    "body",
    [
        framed(b"D", b"{}"),
        framed(b"J", b"[]"),
        framed(b"J", b"[" * 100_000),
        framed(b"J", b"\xff"),
        wire.HEADER.pack(b"J", 2**32 - 1),
        report() + framed(b"D", b"more than said"),
        report() + framed(b"J", b"hi"),
        report() + framed(b"D", b""),
    ],
)
def test_broken_frames(body):
    with pytest.raises(wire.WireError):
        say(body)


def test_ends_in_the_middle():
    for cut in (0, 3, 20):
        with pytest.raises(wire.Closed):
            say((report() + DATA)[:cut])


@given(st.binary(max_size=300))
def test_any_bytes_give_a_known_error(body):
    with pytest.raises((wire.WireError, wire.Closed)):
        say(body)


def test_control_characters_in_the_detail_are_replaced():
    assert say(report(detail="\x1b[2J\u202e\nx") + DATA).detail == "?[2J??x"


@pytest.fixture
def cgroup(tmp_path):
    (tmp_path / "memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 1\n")
    (tmp_path / "memory.max_usage_in_bytes").write_text("0")
    (tmp_path / "cpuacct.usage").write_text("1000000000\n")
    return Cgroup(tmp_path, tmp_path, tmp_path, is_v2=False)


def test_oom_kill_explains_a_step_that_seems_fine(cgroup, tmp_path):
    measured = Measured(cgroup)
    assert not measured.has_oom(), "kills before the step are not its own"
    (tmp_path / "memory.oom_control").write_text("oom_kill 2\n")
    (tmp_path / "memory.max_usage_in_bytes").write_text(str(64 << 20))
    (tmp_path / "cpuacct.usage").write_text("3500000000\n")
    assert measured.broken_limit(Limits())[0] is Outcome.MEMORY
    result = settle(say(report() + DATA), measured, None, 2.0)
    assert result.outcome is Outcome.MEMORY
    assert (result.usage.cpu_time_s, result.usage.peak_memory_mib, result.usage.measured_by) == (
        2.5,
        64,
        "cgroup",
    )


def test_a_limit_that_broke_first_stays(cgroup, tmp_path):
    measured = Measured(cgroup)
    (tmp_path / "memory.oom_control").write_text("oom_kill 2\n")
    result = settle(say(report(outcome="wall_time") + DATA), measured, None, 2.0)
    assert result.outcome is Outcome.WALL_TIME


def test_what_the_host_forced_wins_over_cancelled():
    forced = (Outcome.CPU_TIME, "2 s used")
    said = say(report(outcome="cancelled") + DATA)
    assert settle(said, Measured(None), forced, 2.0).outcome is Outcome.CPU_TIME
    assert settle(said, Measured(None), None, 2.0).outcome is Outcome.CANCELLED


def test_wall_time_is_never_longer_than_by_our_clock():
    result = settle(say(report(wall_time_s=1e6) + DATA), Measured(None), None, 2.0)
    assert result.usage.wall_time_s == 2.0
    assert settle(lost_supervisor(Outcome.SECURITY, "x"), Measured(None), None, 3.0).usage.wall_time_s == 3.0


def test_version_2_files(tmp_path):
    (tmp_path / "memory.events").write_text("low 0\noom 3\noom_kill 2\n")
    (tmp_path / "memory.peak").write_text("1048576\n")
    (tmp_path / "cpu.stat").write_text("usage_usec 1500000\nuser_usec 1\n")
    group = Cgroup(tmp_path, tmp_path, tmp_path, is_v2=True)
    assert (group.oom_kills(), group.peak_bytes(), group.cpu_time_s()) == (2, 1048576, 1.5)
    assert not Cgroup(tmp_path / "gone", tmp_path / "gone", None, is_v2=True).oom_kills()
