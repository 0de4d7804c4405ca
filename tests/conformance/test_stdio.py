"""A step whose stdin and stdout are a connection to the host: raw bytes, each direction ending by itself."""

import os
import time

import pytest

from sandboxes.results import Outcome

READ_ALL = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read()[::-1])"


def collect(stream, timeout_s: float = 10.0) -> bytes:
    """Return everything until the step's end of output."""
    found = bytearray()
    while (body := stream.receive(timeout_s, 1 << 16)) is not None:
        found += body
    return bytes(found)


def test_lines_back_and_forth(attempt):
    code = "import sys\nfor line in sys.stdin: print(line.strip()[::-1], flush=True)"
    with attempt.sandbox() as sandbox:
        sandbox.start(attempt.step(code, has_stdio_channel=True))
        stream = sandbox.stdio()
        for word in (b"stop\n", b"desserts\n"):
            stream.send(word)
            assert stream.receive(5, 100) == word.strip()[::-1] + b"\n"
        stream.close_send()
        assert stream.receive(5, 100) is None
        result = sandbox.wait()
        assert (result.outcome, result.stdout) == (Outcome.OK, b"")


def test_the_end_of_input_is_told_and_output_still_comes(attempt):
    body = os.urandom(50_000) + b"\0\n"
    with attempt.sandbox() as sandbox:
        sandbox.start(attempt.step(READ_ALL, has_stdio_channel=True))
        stream = sandbox.stdio()
        stream.send(body)
        stream.close_send()
        stream.close_send()
        assert collect(stream) == body[::-1]
        assert sandbox.wait().outcome is Outcome.OK


def test_stderr_is_captured_beside_it(attempt):
    with attempt.sandbox() as sandbox:
        sandbox.start(
            attempt.step("import sys; print('out'); print('err', file=sys.stderr)", has_stdio_channel=True)
        )
        assert collect(sandbox.stdio()) == b"out\n"
        result = sandbox.wait()
        assert (result.stdout, result.stderr) == (b"", b"err\n")


def test_both_can_be_opened_by_name(attempt):
    code = "open('/dev/stdout', 'w').write(open('/dev/stdin').read())"
    with attempt.sandbox() as sandbox:
        sandbox.start(attempt.step(code, has_stdio_channel=True))
        stream = sandbox.stdio()
        stream.send(b"by name")
        stream.close_send()
        assert collect(stream) == b"by name"
        assert sandbox.wait().outcome is Outcome.OK


def test_a_module_speaks_too(attempt, code_folder):
    from dataclasses import replace

    (code_folder / "talker.py").write_text("print('you said', input())")
    profile = replace(attempt.profile(), code=(("talker.py", code_folder / "talker.py"),))
    sandbox = attempt.provider.create(profile)
    try:
        step = replace(attempt.step("", has_stdio_channel=True), argv=(), module="talker")
        sandbox.start(step)
        sandbox.stdio().send(b"hello\n")
        assert collect(sandbox.stdio()) == b"you said hello\n"
        assert sandbox.wait().outcome is Outcome.OK
    finally:
        sandbox.destroy()


def test_silence_and_death(attempt):
    with attempt.sandbox() as sandbox:
        sandbox.start(attempt.step("input(); import os; os.abort()", has_stdio_channel=True))
        stream = sandbox.stdio()
        with pytest.raises(TimeoutError):
            stream.receive(0.05, 100)
        stream.send(b"go\n")
        assert stream.receive(5, 100) is None
        assert (sandbox.wait().outcome, sandbox.wait().signal) == (Outcome.SIGNAL, 6)
        with pytest.raises(ConnectionError):
            stream.send(b"anybody?")


def test_who_never_reads_ends_with_its_limit(attempt):
    limits = {"wall_time_s": 1}
    with attempt.sandbox(**limits) as sandbox:
        sandbox.start(attempt.step("import time; time.sleep(60)", limits=limits, has_stdio_channel=True))
        started = time.monotonic()
        with pytest.raises(ConnectionError):
            sandbox.stdio().send(bytes(64 << 20))
        assert time.monotonic() - started < 3
        assert sandbox.wait().outcome is Outcome.WALL_TIME


def test_the_socket_of_the_hand_over_is_of_no_use_to_the_step(attempt):
    code = """
import socket
peer = socket.socket(socket.AF_UNIX)
try:
    peer.connect("/job/slot/stdio.sock")
except OSError as error:
    print(type(error).__name__)
"""
    with attempt.sandbox() as sandbox:
        sandbox.start(attempt.step(code, has_stdio_channel=True))
        assert collect(sandbox.stdio()) == b"ConnectionRefusedError\n"


def test_without_it_there_is_none(attempt):
    with attempt.sandbox() as sandbox:
        sandbox.start(attempt.step("pass"))
        with pytest.raises(RuntimeError):
            sandbox.stdio()


def test_input_given_twice_is_refused(attempt):
    with attempt.sandbox() as sandbox:
        with pytest.raises(ValueError, match="stdin"):
            sandbox.start(attempt.step("pass", stdin=b"x", has_stdio_channel=True))
        assert sandbox.is_alive()
