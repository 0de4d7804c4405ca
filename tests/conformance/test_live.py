"""What a step writes can be read while it runs, and is all there again at the end."""

import pytest

from sandboxes.base import Step
from sandboxes.results import Outcome

TALKS = """
import socket, sys
door = socket.socket(socket.AF_UNIX); door.connect("/job/chan")
print("first", flush=True)
door.recv(5)  # goes on only when it is told to
print("second", end="", file=sys.stderr, flush=True)
door.recv(5)
print("third " * 20_000)
"""


def read(sandbox, enough):
    """Read until `enough` came."""
    body = b""
    while len(body) < len(enough):
        body += sandbox.output(10.0)
    return body


def test_it_is_read_while_the_step_runs(attempt):
    limits = {"stdout_kib": 256}
    with attempt.sandbox(**limits) as sandbox:
        sandbox.start(attempt.step(TALKS, limits=limits, has_channel=True, has_live_output=True))
        channel = sandbox.channel()
        assert read(sandbox, b"first\n") == b"first\n"
        with pytest.raises(TimeoutError):
            sandbox.output(0.01)
        channel.send(b".")
        assert read(sandbox, b"second") == b"second"
        channel.send(b".")
        rest = b"third " * 20_000 + b"\n"
        assert read(sandbox, rest) == rest
        assert sandbox.output(10.0) is None
        result = sandbox.wait()
        assert (result.outcome, result.stdout, result.stderr) == (Outcome.OK, b"first\n" + rest, b"second")


def test_a_flood_nobody_reads_is_ended_and_cut(attempt):
    with attempt.sandbox() as sandbox:
        sandbox.start(attempt.step("while True: print('x' * 1000)", has_live_output=True))
        result = sandbox.wait()
        assert result.outcome is Outcome.OUTPUT_FLOOD
        assert sandbox.output(0.0) == result.stdout
        assert len(result.stdout) == attempt.limits.stdout_kib * 1024
        assert sandbox.output(0.0) is None


def test_it_ends_with_a_step_that_is_called_off(attempt):
    with attempt.sandbox() as sandbox:
        step = attempt.step("print('up', flush=True); import time; time.sleep(60)", has_live_output=True)
        sandbox.start(step)
        assert read(sandbox, b"up\n") == b"up\n"
        sandbox.cancel()
        assert sandbox.output(10.0) is None
        assert sandbox.wait().outcome is Outcome.CANCELLED


def test_without_it_there_is_none(attempt):
    with attempt.sandbox() as sandbox:
        with pytest.raises(RuntimeError):
            sandbox.output(0.0)
        with pytest.raises(ValueError, match="cases"):
            sandbox.start(Step(attempt.limits, has_cases=True, has_live_output=True))
        sandbox.start(attempt.step("print(1)"))
        with pytest.raises(RuntimeError):
            sandbox.output(0.0)
        assert sandbox.wait().stdout == b"1\n"
