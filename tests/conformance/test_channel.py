"""The framed pipe between a step and its grader."""

import threading
import time

import pytest

from sandboxes.results import Outcome

PEER = """
import socket, struct, sys, time
chan = socket.socket(socket.AF_UNIX); chan.connect("/job/chan")
def receive():
    head = chan.recv(4, socket.MSG_WAITALL)
    return chan.recv(struct.unpack(">I", head)[0], socket.MSG_WAITALL) if head else None
def send(body): chan.sendall(struct.pack(">I", len(body)) + body)
"""


def test_echo(attempt):
    code = PEER + "while (frame := receive()) != b'bye': send(frame)"
    with attempt.sandbox() as sandbox:
        sandbox.start(attempt.step(code, has_channel=True))
        channel = sandbox.channel()
        for frame in (b"", b"x", bytes(300_000)):
            channel.send(frame)
            assert channel.receive(5, 1 << 20) == frame
        channel.send(b"bye")
        assert channel.receive(5, 100) is None
        assert sandbox.wait().outcome is Outcome.OK


def test_silence_and_late_answer(attempt):
    code = PEER + "time.sleep(0.4); send(b'late')"
    with attempt.sandbox() as sandbox:
        sandbox.start(attempt.step(code, has_channel=True))
        channel = sandbox.channel()
        with pytest.raises(TimeoutError):
            channel.receive(0.05, 100)
        assert channel.receive(5, 100) == b"late"


def test_boasting(attempt):
    code = PEER + "chan.sendall(struct.pack('>I', 2**32 - 1)); time.sleep(5)"
    with attempt.sandbox() as sandbox:
        sandbox.start(attempt.step(code, has_channel=True))
        with pytest.raises(ValueError, match="4294967295"):
            sandbox.channel().receive(5, 1000)


def test_half_a_frame(attempt):
    code = PEER + "chan.sendall(struct.pack('>I', 100) + b'half')"
    with attempt.sandbox() as sandbox:
        sandbox.start(attempt.step(code, has_channel=True))
        assert sandbox.channel().receive(5, 1000) is None
        assert sandbox.wait().outcome is Outcome.OK


def test_step_that_never_connects(attempt):
    with attempt.sandbox() as sandbox:
        sandbox.start(attempt.step("raise SystemExit(5)", has_channel=True))
        with pytest.raises(ConnectionError):
            sandbox.channel()
        assert sandbox.wait().exit_code == 5


def test_step_that_dies(attempt):
    code = PEER + "import os; receive(); os.kill(os.getpid(), 9)"
    with attempt.sandbox() as sandbox:
        sandbox.start(attempt.step(code, has_channel=True))
        channel = sandbox.channel()
        channel.send(b"go")
        assert channel.receive(5, 100) is None
        assert (sandbox.wait().outcome, sandbox.wait().signal) == (Outcome.SIGNAL, 9)
        with pytest.raises(ConnectionError):
            for _ in range(100):
                channel.send(bytes(65536))


def test_step_that_never_reads_ends_with_its_limit(attempt):
    code = PEER + "time.sleep(60)"
    limits = {"wall_time_s": 1}
    with attempt.sandbox(**limits) as sandbox:
        sandbox.start(attempt.step(code, limits=limits, has_channel=True))
        channel = sandbox.channel()
        started = time.monotonic()
        with pytest.raises(ConnectionError):
            channel.send(bytes(64 << 20))
        assert time.monotonic() - started < 3
        assert sandbox.wait().outcome is Outcome.WALL_TIME


def test_only_the_first_connection_counts(attempt):
    code = (
        PEER
        + """
second = socket.socket(socket.AF_UNIX); second.settimeout(1)
try:
    receive(); second.connect("/job/chan"); send(b"two")
except OSError: send(b"one")
"""
    )
    with attempt.sandbox() as sandbox:
        sandbox.start(attempt.step(code, has_channel=True))
        channel = sandbox.channel()
        channel.send(b"go")
        assert channel.receive(5, 100) == b"one"


def test_without_a_channel_there_is_none(attempt):
    with attempt.sandbox() as sandbox:
        sandbox.start(attempt.step("pass"))
        with pytest.raises(RuntimeError):
            sandbox.channel()


def test_channel_wait_ends_with_cancel(attempt):
    with attempt.sandbox() as sandbox:
        sandbox.start(attempt.step("import time; time.sleep(60)", has_channel=True))
        threading.Timer(0.2, sandbox.cancel).start()
        with pytest.raises(ConnectionError):
            sandbox.channel()
        assert sandbox.wait().outcome is Outcome.CANCELLED
