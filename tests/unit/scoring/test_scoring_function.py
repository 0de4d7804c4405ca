"""The function grader against real second processes over a Unix socket: honest, broken and hostile."""

import base64
import json
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import numpy as np
import pytest

from scoring.__main__ import score
from scoring.contract import CaseVerdict, ReportStatus, ScoringRequest
from scoring.errors import ReferenceBroken, ScorerMisconfigured
from scoring.messages import render
from scoring.scorers import Places

ROOT = Path(__file__).resolve().parents[3]
HOST = ROOT / "sandboxes" / "inside" / "function_host.py"
LENGTH = struct.Struct(">I")

HEADER = """
import numpy as np
from scoring.grading import test

def declare(name, **kw):
    return test(name, en="Property " + name, zh="性质 " + name, **kw)
"""


class Stage:
    """The judge's place between the two processes: passes bytes on, and closes when one side does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.host_path, self.grader_path = folder / "host", folder / "grader"
        self.host_socket, self.grader_socket = self._listen(self.host_path), self._listen(self.grader_path)
        (folder / "reference").mkdir()

    @staticmethod
    def _listen(path: Path) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen(1)
        listener.settimeout(20)
        return listener

    def tests(self, source: str) -> None:
        (self.folder / "reference" / "tests.py").write_text(HEADER + source, encoding="utf-8")

    def grade(self, *, metrics=(), **options):
        """Grade with whoever connects to `host_path`."""
        options = {"call_timeout_s": 1.0, "start_timeout_s": 10.0, **options}
        request = ScoringRequest(
            scorer="function", options=options, metrics=metrics, primary="tests_passed", seed=3
        )
        pump = threading.Thread(target=self._pump, daemon=True)
        pump.start()
        report = score(request, Places(inputs=self.folder, channel=self.grader_path))
        pump.join(10)
        assert not pump.is_alive()
        return report

    def _pump(self) -> None:
        with ExitStack() as sockets:
            try:
                host = sockets.enter_context(self.host_socket.accept()[0])
                grader = sockets.enter_context(self.grader_socket.accept()[0])
            except OSError:  # the grader failed before it connected, and the stage was closed
                return
            host.settimeout(None)
            grader.settimeout(None)
            back = threading.Thread(target=self._copy, args=(grader, host))
            back.start()
            self._copy(host, grader)
            back.join()

    @staticmethod
    def _copy(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while chunk := source.recv(65536):
                target.sendall(chunk)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def run_module(self, source: str | bytes, **options):
        """Grade a contestant's module in a real host process; return the report and its stdout."""
        solution = self.folder / "solution.py"
        solution.write_bytes(source.encode() if isinstance(source, str) else source)
        argv = [sys.executable, str(HOST), str(solution), "--channel", str(self.host_path)]
        log = self.folder / "output.txt"
        with log.open("wb") as sink, subprocess.Popen(argv, stdout=sink, stderr=sink) as process:
            try:
                report = self.grade(**options)
                with suppress(subprocess.TimeoutExpired):  # it may still sit in a loop
                    process.wait(timeout=1)
            finally:
                process.kill()
        return report, log.read_text("utf-8", "replace")

    def run_script(self, behave, **options):
        """Grade against a hostile host: `behave(connection)` says whatever it likes."""

        def play():
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(str(self.host_path))
            connection.settimeout(15)
            with connection, suppress(OSError):
                behave(connection)

        thread = threading.Thread(target=play, daemon=True)
        thread.start()
        report = self.grade(**options)
        thread.join(20)
        return report


@pytest.fixture
def stage(tmp_path_factory):
    stage = Stage(tmp_path_factory.mktemp("s"))
    yield stage
    stage.host_socket.close()
    stage.grader_socket.close()


def verdicts(report):
    return {case.name: case.verdict.value for case in report.cases}


def texts(report):
    return {
        case.name: render(case.message.code, case.message.params) for case in report.cases if case.message
    }


def frame(**content):
    body = json.dumps(content).encode()
    return LENGTH.pack(len(body)) + body


def read_frame(connection):
    head = b""
    while len(head) < 4:
        chunk = connection.recv(4 - len(head))
        if not chunk:
            raise OSError("closed")
        head += chunk
    (length,) = LENGTH.unpack(head)
    body = b""
    while len(body) < length:
        body += connection.recv(length - len(body))
    return json.loads(body)


ADD = """
@declare("adds")
def adds(call, check, rng):
    a, b = rng.normal(), rng.normal()
    check.close(check.number(call("add", a, b)), a + b)
"""


def test_partial_credit_by_weight_and_split(stage):
    stage.tests(
        ADD
        + """
@declare("subtracts", weight=3)
def subtracts(call, check):
    check.close(call("subtract", 3, 1), 2)

@declare("hidden", split="private", weight=0.5)
def hidden(call, check, rng):
    check.close(call("add", 1, b=2), 3)
""".replace("(call, check):", "(call, check, rng):")
    )
    report, _ = stage.run_module("def add(a, b): return a + b\ndef subtract(a, b): return a + b\n")
    assert verdicts(report) == {"adds": "AC", "subtracts": "WA", "hidden": "AC"}
    assert {(m.key, m.split): m.value for m in report.metrics} == {
        ("tests_passed", "public"): 0.25,
        ("tests_passed", "private"): 1.0,
    }
    assert report.cases[0].title == {"en": "Property adds", "zh": "性质 adds"}
    assert texts(report) == {
        "subtracts": "subtract returned a value that is not close enough to the expected one."
    }


def test_values_of_every_type_cross_both_ways(stage):
    stage.tests("""
@declare("echo")
def echo(call, check, rng):
    values = [
        None, True, 3, -2**62, 0.5, float("inf"), "texté", [1, [2.5, None]], (1, "a"),
        {"k": (1,)},
        np.float32(0.5), np.int64(7), np.zeros((0, 3)), np.arange(6, dtype=np.uint8).reshape(2, 3),
        np.asfortranarray(rng.normal(size=(3, 2))), np.array([True, False]), np.array([np.nan, np.inf]),
    ]
    for value in values:
        back = call("echo", value)
        if isinstance(value, (np.ndarray, np.generic)):
            assert back.dtype == value.dtype and back.shape == value.shape, value
            assert np.array_equal(back, value, equal_nan=value.dtype.kind == "f"), value
        else:
            assert type(back) is type(value) and back == value, (value, back)
    assert np.isnan(call("echo", float("nan")))
""")
    report, _ = stage.run_module("def echo(value): return value\n")
    assert verdicts(report) == {"echo": "AC"}


BROKEN = """
import os, sys, threading, time, subprocess
import numpy as np
calls = 0
def loops():
    while True: pass
def sleeps_uninterruptibly():
    import signal
    signal.pthread_sigmask(signal.SIG_BLOCK, set(range(1, 32)))
    time.sleep(60)
def dies(): os._exit(0)
def aborts(): os.abort()
def exits(): sys.exit(3)
def raises(): raise KeyError("hidden input")
def raises_own():
    class Leak_0_123(Exception): pass
    raise Leak_0_123
def recurses(): return recurses()
def returns_set(): return {1}
def returns_own_type():
    class Leak_0_123: pass
    return Leak_0_123()
def returns_objects(): return np.array([{}], dtype=object)
def returns_itself():
    x = []; x.append(x); return x
def returns_much(): return np.zeros(10**6)
def returns_big_int(): return 10**400
def returns_complex(): return 1j
def returns_none(): return None
def returns_nan(): return float("nan")
def returns_text(): return "0.5"
def returns_shape(): return np.zeros((2, 3))
def returns_lengths(): return np.zeros((0, 123456789))
def forged():
    class Forged(float):
        def __eq__(self, other): return True
        def __sub__(self, other): return 0.0
    return Forged(5)
def prints():
    print("x" * 100000); sys.stdout.write('{"id": 1, "ok": 1.0}'); return 1.0
def leaves_children():
    subprocess.Popen(["sleep", "60"]); threading.Thread(target=time.sleep, args=(60,)).start(); return 1.0
def counts():
    global calls
    calls += 1
    return float(calls)
not_callable = 3
"""

EXPECTED = {
    "loops": ("TLE", "loops did not return within 1.0 seconds."),
    "sleeps_uninterruptibly": ("TLE", "sleeps_uninterruptibly did not return within 1.0 seconds."),
    "dies": ("RTE", "dies ended the whole process instead of returning."),
    "aborts": ("RTE", "aborts ended the whole process instead of returning."),
    "exits": ("RTE", "exits raised SystemExit in line 13 of your module."),
    "raises": ("RTE", "raises raised KeyError in line 14 of your module."),
    "raises_own": ("RTE", "raises_own raised Exception in line 17 of your module."),
    "recurses": ("RTE", "recurses raised RecursionError in line 18 of your module."),
    "returns_set": (
        "PE",
        "returns_set returned a value of type set, which is no number, text, list, tuple, dict or array.",
    ),
    "returns_own_type": ("PE", None),
    "returns_objects": ("PE", None),
    "returns_itself": ("PE", None),
    "returns_much": ("PE", "returns_much returned more than 1 MiB."),
    "returns_big_int": ("PE", None),
    "returns_complex": ("PE", None),
    "returns_none": ("PE", "returns_none returned a value of type None; a number is expected."),
    "returns_nan": ("WA", "returns_nan returned NaN or an infinite number."),
    "returns_text": ("PE", "returns_text returned a value of type str; a number is expected."),
    "returns_shape": (
        "PE",
        "returns_shape returned an array of type float64 and shape (2, 3); a number is expected.",
    ),
    "returns_lengths": (
        "PE",
        "returns_lengths returned an array of type float64 and shape (0, …); a number is expected.",
    ),
    "forged": ("WA", "forged returned a value that is not close enough to the expected one."),
    "prints": ("AC", None),
    "leaves_children": ("AC", None),
    "counts": ("AC", None),
    "not_callable": ("RTE", "Your module defines no function not_callable."),
    "absent": ("RTE", "Your module defines no function absent."),
}


def test_each_way_to_fail_fails_its_own_test_only(stage):
    stage.tests(
        "".join(
            f"@declare('{name}')\ndef t(call, check, rng):\n    check.close(call('{name}'), 1.0)\n"
            for name in EXPECTED
        )
    )
    started = time.monotonic()
    report, output = stage.run_module(BROKEN, max_reply_mib=1)
    assert time.monotonic() - started < 15
    assert verdicts(report) == {name: verdict for name, (verdict, _) in EXPECTED.items()}
    said = texts(report)
    for name, (_, text) in EXPECTED.items():
        if text:
            assert said[name] == text
    # What a contestant names their classes could carry hidden inputs out.
    assert "Leak" not in str(report)
    assert "hidden input" not in str(report)
    assert "x" * 1000 in output


@pytest.mark.parametrize(
    ("returned", "verdict"),
    [
        ("np.ones((2, 3))", "AC"),
        ("[[1, 1, 1], [1.0, 1, 1]]", "AC"),
        ("np.ones((3, 2))", "PE"),
        ("[[1, 1], [1]]", "PE"),
        ("['a', 'b']", "PE"),
        ("None", "PE"),
        ("np.full((2, 3), np.nan)", "WA"),
        ("np.zeros((2, 3))", "WA"),
        ("[[10**18] * 3] * 2", "WA"),
    ],
)
def test_arrays_are_checked_before_they_are_used(stage, returned, verdict):
    stage.tests("""
@declare("array")
def t(call, check, rng):
    value = check.array(call("f"), shape=(2, 3))
    check.close(value, np.ones((2, 3)))
    check.that(value.sum() == 6, en="It sums to six.", zh="和为六。")
""")
    report, _ = stage.run_module(f"import numpy as np\ndef f(): return {returned}\n")
    assert verdicts(report) == {"array": verdict}
    for text in texts(report).values():
        assert "{" not in text


def test_changed_arguments_are_seen(stage):
    stage.tests("""
@declare("keeps-its-arguments")
def keeps(call, check, rng):
    X = rng.normal(size=(3, 2))
    _, (after,) = call.with_arguments("f", X)
    check.that(np.array_equal(check.array(after, shape=X.shape), X), en="It leaves X alone.", zh="不修改 X。")
""")
    report, _ = stage.run_module("def f(X):\n    X *= 2\n    return X\n")
    (case,) = report.cases
    assert case.verdict is CaseVerdict.WA
    assert case.message.params == {"en": "It leaves X alone.", "zh": "不修改 X。"}
    report_text = render(case.message.code, case.message.params)
    assert report_text == "It leaves X alone."


def test_random_inputs_depend_on_seed_and_name_alone(tmp_path_factory):
    seen = []
    for extra in ("", "@declare('first')\ndef t(call, check, rng): rng.normal()\n"):
        stage = Stage(tmp_path_factory.mktemp("s"))
        stage.tests(extra + ADD)
        _, output = stage.run_module("def add(a, b):\n    print('got', a, b)\n    return a + b\n")
        seen.append(next(line for line in output.splitlines() if line.startswith("got")))
        stage.host_socket.close()
        stage.grader_socket.close()
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    ("source", "code", "kind"),
    [
        ("def add(a, b:\n", "import-failed", "SyntaxError"),
        ("import no_such_module\n", "import-failed", "ModuleNotFoundError"),
        ("1/0\n", "import-failed", "ZeroDivisionError"),
        ("import sys; sys.exit()\n", "import-failed", "SystemExit"),
        (b"PK\x03\x04\x00\x00", "import-failed", None),
        (b"\xff\xfe", "import-failed", "SyntaxError"),
        ("import os; os._exit(0)\n", "host-ended", None),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)\n", "host-ended", None),
        ("while True: pass\n", "host-silent", None),
    ],
)
def test_modules_that_do_not_import(stage, source, code, kind):
    stage.tests(ADD)
    report, _ = stage.run_module(source, start_timeout_s=1.5)
    assert report.status is ReportStatus.FAILED
    assert report.cases == ()
    assert [message.code for message in report.messages] == [code]
    if kind:
        assert report.messages[0].params["type"] == kind
    render(code, report.messages[0].params)


def array(dtype="float64", shape=(1,), data=None):
    raw = np.zeros(1).tobytes() if data is None else data
    text = base64.b64encode(raw).decode() if isinstance(raw, bytes) else raw
    return {"$array": {"dtype": dtype, "shape": list(shape), "data": text}}


def deep(n):
    value = 1
    for _ in range(n):
        value = [value]
    return value


HOSTILE_REPLIES = {
    "object": {"ok": {"__class__": "evil"}},
    "unknown tag": {"ok": {"$object": "os.system"}},
    "two tags": {"ok": {"$tuple": [], "$map": {}}},
    "object array": {"ok": array("object")},
    "string array": {"ok": array("<U5")},
    "dtype list": {"ok": array([["a", "i4"]])},
    "shape too large": {"ok": array(shape=(10**9, 10**9))},
    "negative shape": {"ok": array(shape=(-1,))},
    "bool shape": {"ok": array(shape=(True,))},
    "zero times much": {"ok": array(shape=(0, 2**62, 2**62), data=b"")},
    "no base64": {"ok": array(data="***")},
    "odd bytes": {"ok": array(data=b"123")},
    "deep": {"ok": deep(40)},
    "int beyond 64 bits": {"ok": 2**70},
    "float tag": {"ok": {"$float": "1e5"}},
    "error is a text": {"error": "KeyError"},
    "nothing": {},
    "args that are no list": {"ok": 1.0, "args": {"$map": {}}},
    "line is a text": {"error": {"type": ["x"], "line": "7"}},
    "bad type is a list": {"bad_type": ["x"]},
}


@pytest.mark.parametrize("name", HOSTILE_REPLIES)
def test_hostile_replies_are_data(stage, name):
    stage.tests(ADD)

    def behave(connection):
        connection.sendall(frame(hello=1))
        request = read_frame(connection)
        connection.sendall(frame(id=request["id"], **HOSTILE_REPLIES[name]))
        connection.recv(1)

    report = stage.run_script(behave)
    assert report.status is ReportStatus.SCORED
    assert verdicts(report)["adds"] in ("PE", "RTE", "WA")


RAW_REPLIES = {
    "not json": b"}{",
    "not utf-8": b"\xff\xff",
    "a list": b"[]",
    "nan": b'{"id": 1, "ok": NaN}',
    "huge integer": b'{"id": 1, "ok": ' + b"9" * 10000 + b"}",
    "very deep": b"[" * 200_000,
    "many parts": b'{"id": 1, "ok": [' + b"1," * 1_200_000 + b"1]}",
    "overflowing float": b'{"id": 1, "ok": 1e999}',
    "other id": b'{"id": 2, "ok": 1.0}',
    "true id": b'{"id": true, "ok": 1.0}',
    "empty": b"",
}


@pytest.mark.parametrize("name", RAW_REPLIES)
def test_hostile_bytes_are_data(stage, name):
    stage.tests(ADD + ADD.replace("adds", "again"))

    def behave(connection):
        connection.sendall(frame(hello=1))
        read_frame(connection)
        connection.sendall(LENGTH.pack(len(RAW_REPLIES[name])) + RAW_REPLIES[name])
        read_frame(connection)

    report = stage.run_script(behave)
    assert verdicts(report)["adds"] == "PE"
    assert verdicts(report)["again"] == "RTE"


def test_a_frame_that_announces_too_much_is_not_read(stage):
    stage.tests(ADD)

    def behave(connection):
        connection.sendall(frame(hello=1))
        read_frame(connection)
        connection.sendall(LENGTH.pack(2**32 - 1))
        connection.recv(1)

    report = stage.run_script(behave)
    assert texts(report) == {"adds": "add returned more than 16 MiB."}


def test_silence_is_a_time_limit_and_the_rest_is_not_run(stage, monkeypatch):
    monkeypatch.setattr("scoring.peer._GRACE_S", 0.2)
    stage.tests(ADD + ADD.replace("adds", "again"))

    def behave(connection):
        connection.sendall(frame(hello=1))
        while connection.recv(65536):
            pass

    report = stage.run_script(behave, call_timeout_s=0.3)
    assert verdicts(report) == {"adds": "TLE", "again": "RTE"}
    assert texts(report)["again"] == "Not run, because your program had ended before."


def test_slow_dripping_does_not_stretch_the_limit(stage, monkeypatch):
    monkeypatch.setattr("scoring.peer._GRACE_S", 0.2)
    stage.tests(ADD)

    def behave(connection):
        connection.sendall(frame(hello=1))
        read_frame(connection)
        connection.sendall(LENGTH.pack(1000))
        for _ in range(100):
            connection.sendall(b" ")
            time.sleep(0.05)

    started = time.monotonic()
    report = stage.run_script(behave, call_timeout_s=0.3)
    assert verdicts(report) == {"adds": "TLE"}
    assert report.cases[0].wall_time_s < 1.5
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "hello", [b"", LENGTH.pack(2**31), frame(hello=2), LENGTH.pack(2) + b"{]", frame(import_error="x")]
)
def test_hostile_greetings(stage, hello):
    stage.tests(ADD)
    report = stage.run_script(lambda connection: connection.sendall(hello))
    assert report.status is ReportStatus.FAILED
    assert report.messages[0].code in ("host-ended", "host-protocol")


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("", ReferenceBroken),
        (ADD + ADD, ReferenceBroken),
        ("def (", SyntaxError),
        ("@declare('x')\ndef t(call, check, rng): raise ZeroDivisionError\n", ZeroDivisionError),
        ("@declare('x')\ndef t(call, check, rng): call('add', object())\n", TypeError),
    ],
)
def test_faults_of_the_tests_are_crashes_not_verdicts(stage, source, error):
    stage.tests(source)

    def behave(connection):
        connection.sendall(frame(hello=1))
        connection.recv(1)

    with pytest.raises(error):
        stage.run_script(behave)


def test_other_metrics_than_its_own_are_refused(stage):
    stage.tests(ADD)
    request = ScoringRequest(
        scorer="function", options={}, metrics=({"name": "accuracy"},), primary="accuracy"
    )
    with pytest.raises(ScorerMisconfigured):
        score(request, Places(inputs=stage.folder, channel=stage.grader_path))
