"""Many test cases in one sandbox: each as exact as a step of its own, none aware of the one before."""

# ruff: noqa: E501 - hostile programs are quoted whole

import threading
import time
from dataclasses import replace

import pytest

from sandboxes.base import Case, OutputSpec, Step
from sandboxes.errors import SandboxDied
from sandboxes.inside import wire
from sandboxes.results import Outcome


class Series:
    """A sandbox with a series begun, and a short way to run a case in it."""

    def __init__(self, attempt, sandbox) -> None:
        self.limits = attempt.limits
        self.sandbox = sandbox

    def case(self, code, outputs=(), limits=None, **fields) -> Case:
        specs = tuple(OutputSpec(name, 1024) if isinstance(name, str) else name for name in outputs)
        return Case(("python3", "-c", code), replace(self.limits, **(limits or {})), outputs=specs, **fields)

    def __call__(self, code, **fields):
        return self.sandbox.run_case(self.case(code, **fields))


@pytest.fixture
def series(attempt):
    with attempt.sandbox() as sandbox:
        sandbox.start(Step(attempt.limits, has_cases=True))
        yield Series(attempt, sandbox)


def test_cases_one_after_the_other(series):
    for n in range(5):
        code = "import sys; print(int(sys.stdin.read()) ** 2); open('answer', 'w').write('x' * 3)"
        result = series(code, stdin=str(n).encode(), outputs=("answer",))
        assert (result.outcome, result.exit_code) == (Outcome.OK, 0), result
        assert (result.stdout, result.outputs) == (f"{n * n}\n".encode(), {"answer": b"xxx"})
        assert 0 < result.usage.wall_time_s < 2
        assert 0 < result.usage.cpu_time_s < 2
    series.sandbox.end_cases()
    totals = series.sandbox.wait()
    assert totals.outcome is Outcome.OK
    assert totals.usage.wall_time_s > 5 * 0.005
    assert totals.usage.cpu_time_s > 5 * 0.005


@pytest.mark.parametrize(
    ("code", "limits", "outcome"),
    [
        ("raise SystemExit(3)", {}, Outcome.EXIT),
        ("import os; os._exit(137)", {}, Outcome.EXIT),
        ("import os; os.kill(os.getpid(), 9)", {}, Outcome.SIGNAL),
        ("import time; time.sleep(60)", {"wall_time_s": 0.3}, Outcome.WALL_TIME),
        ("while True: pass", {"cpu_time_s": 0.3}, Outcome.CPU_TIME),
        ("d = []\nwhile True: d.append(bytearray(b'x') * (4 << 20))", {}, Outcome.MEMORY),
        (
            "import os\nif os.fork() == 0:\n d = []\n while True: d.append(bytearray(b'x') * (4 << 20))\nos.wait()",
            {},
            Outcome.MEMORY,
        ),
        ("while True: print('x' * 5000)", {}, Outcome.OUTPUT_FLOOD),
        ("open('big', 'w').write('x' * 1025)", {}, Outcome.OUTPUT_SIZE),
        ("pass", {}, Outcome.OUTPUT_MISSING),
        ("import os; os.symlink('/etc/passwd', 'big')", {}, Outcome.SECURITY),
        ("for n in range(9): open('f%d' % n, 'wb').write(bytes(3 << 20))", {}, Outcome.DISK),
    ],
    ids=[
        "exit",
        "exit-137",
        "signal-9",
        "wall",
        "cpu",
        "memory",
        "memory-child",
        "flood",
        "size",
        "missing",
        "link",
        "disk",
    ],
)
def test_each_case_has_limits_and_an_outcome_of_its_own(series, code, limits, outcome):
    bad = series(code, limits=limits, outputs=("big",))
    assert bad.outcome is outcome, bad
    good = series("print('well')")
    assert (good.outcome, good.stdout) == (Outcome.OK, b"well\n"), good


def test_memory_limit_of_a_case_holds_for_it_alone(series):
    hold = "d = bytearray(b'x') * (64 << 20); print(len(d))"
    assert series(hold).outcome is Outcome.OK
    assert series(hold, limits={"memory_mib": 48}).outcome is Outcome.MEMORY
    result = series(hold)
    assert result.outcome is Outcome.OK, result
    assert 60 < result.usage.peak_memory_mib < 128
    assert series("pass").usage.peak_memory_mib < 60  # measured anew


def test_output_limit_of_a_case_holds_for_it_alone(series):
    code = "print('x' * 20_000)"
    assert series(code, limits={"stdout_kib": 10}).outcome is Outcome.OUTPUT_FLOOD
    assert series(code).outcome is Outcome.OK


LEAVE = """
import ctypes, os, socket, time
for folder in ("/tmp", "/job/out", "/dev/shm"):
    open(folder + "/left", "w").write("secret")
    os.makedirs(folder + "/a/b/c"); open(folder + "/a/b/c/f", "w").write("secret")
    os.chmod(folder + "/a/b/c", 0); os.chmod(folder + "/a/b", 0)
    os.symlink("/etc", folder + "/link"); os.mkfifo(folder + "/fifo")
    os.close(os.open(os.fsencode(folder) + b"/\\xff\\n-rf", os.O_CREAT)); os.mkdir(folder + "/.")if 0 else None
libc = ctypes.CDLL(None, use_errno=True)
made = [libc.shmget(4711, 4096, 0o1666), libc.semget(4711, 1, 0o1666), libc.msgget(4711, 0o1666)]
queue = libc.syscall(240, b"left", os.O_CREAT | os.O_RDWR, 0o666, None)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        s = socket.socket(socket.AF_UNIX); s.bind("\\0left"); s.listen(); time.sleep(60)
    os._exit(0)
print(queue)
"""
LOOK = """
import ctypes, os, socket
done = [os.path.join(f, n) for f in ("/tmp", "/job/out", "/dev/shm", "/job/in") for n in os.listdir(f)]
libc = ctypes.CDLL(None, use_errno=True)
done += [n for n, id in (("shm", libc.shmget(4711, 0, 0)), ("sem", libc.semget(4711, 0, 0)), ("msg", libc.msgget(4711, 0))) if id >= 0]
if libc.syscall(240, b"left", os.O_RDWR, 0, None) >= 0: done.append("mqueue")
try: socket.socket(socket.AF_UNIX).connect("\\0left"); done.append("abstract")
except OSError: pass
done += [p for p in os.listdir("/proc") if p.isdigit() and int(p) not in (1, os.getpid())]
done += [n for n in os.listdir("/job/slot")]
done += [f for f in os.listdir("/proc/self/fd") if int(f) > 3]
print(done)
"""


def test_nothing_is_left_for_the_next_case(series, tmp_path):
    (tmp_path / "hidden").write_text("expected")
    first = series(LEAVE, stdin=b"secret", inputs={"deep/hidden.txt": tmp_path / "hidden"})
    assert (first.outcome, first.stdout) == (Outcome.OK, b"-1\n"), first  # no queue can be made
    assert series(LOOK).stdout == b"[]\n"
    assert (
        series("import os; print(os.stat('/tmp').st_mode, os.stat('/job/out').st_mode)").stdout
        == b"17407 17407\n"
    )


def test_a_deep_tree_is_removed(series):
    code = "import os\nfor n in range(3000):\n os.mkdir('d'); os.chdir('d')\nopen('f', 'w').write('x')"
    assert series(code).outcome is Outcome.OK
    assert series(LOOK).stdout == b"[]\n"


def test_a_full_folder_is_emptied(series):
    code = "import os\ntry:\n for n in range(100_000): os.close(os.open(f'/tmp/{n}', os.O_CREAT))\nexcept OSError: print('full')"
    assert series(code).stdout == b"full\n"
    assert series(LOOK).stdout == b"[]\n"


def test_inputs_of_the_series_and_of_the_case(attempt, tmp_path):
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\ncat /job/in/case.txt")
    (tmp_path / "one").write_text("one")
    (tmp_path / "two").write_text("two")
    step = Step(
        attempt.limits,
        has_cases=True,
        inputs={"program": program},
        executables=frozenset({"program"}),
        env={"A": "1"},
    )
    with attempt.sandbox() as sandbox:
        sandbox.start(step)
        for name in ("one", "two"):
            case = Case(("/job/in/program",), attempt.limits, inputs={"case.txt": tmp_path / name})
            assert sandbox.run_case(case).stdout == name.encode()
        missing = sandbox.run_case(Case(("/job/in/program",), attempt.limits))
        assert (missing.outcome, missing.stdout) == (Outcome.EXIT, b"")
        env = sandbox.run_case(Case(("sh", "-c", "echo $A $B"), attempt.limits, env={"B": "2"}))
        assert env.stdout == b"1 2\n"
        with pytest.raises(ValueError, match="whole series"):
            sandbox.run_case(Case(("true",), attempt.limits, inputs={"program": program}))


def test_no_memory_of_ours_is_in_a_case(series):
    code = "import sys; print([m for m in sys.modules if m.startswith('inside')], open('/proc/self/maps').read().count('libffi'))"
    assert series(code).stdout == b"[] 0\n"


@pytest.mark.parametrize("limits", [{}, {"n_open_files": 50}], ids=["shared-limits", "own-limits"])
def test_a_case_has_no_privilege(series, limits):
    """Both ways of starting one end the same."""
    code = "import resource\nprint(open('/proc/self/status').read(), 'Files:\\t', resource.getrlimit(7), open('/proc/self/oom_score_adj').read(), sep='')"
    result = series(code, limits=limits)
    fields = dict(line.split(":\t") for line in result.stdout.decode().splitlines() if ":\t" in line)
    assert all(int(fields[name], 16) == 0 for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"))
    assert (fields["NoNewPrivs"], fields["Groups"].strip()) == ("1", "")
    assert len(set(fields["Uid"].split())) == len(set(fields["Gid"].split())) == 1
    wanted = limits.get("n_open_files", series.limits.n_open_files)
    assert fields["Files"].startswith(f"({wanted}, {wanted})1000")
    # Python's own SIGPIPE; SIGXFSZ too; 32 and 33 are the C library's own.
    assert int(fields["SigIgn"], 16) & ~0x181000000 == 1 << 12


def test_the_supervisor_survives_a_hostile_case(series):
    code = """
import os, signal
for n in range(1, 65):
    try: os.kill(1, n)
    except OSError: pass
    try: os.kill(-1, n) if n not in (9, 19, 15, 6, 11) else None
    except OSError: pass
signal.raise_signal(9)
"""
    series(code)
    assert series("print(1)").stdout == b"1\n"


@pytest.mark.parametrize(
    "code",
    ["import os\nwhile True:\n try: os.fork()\n except OSError: pass",
     "import _thread\ndef spin():\n while True: pass\nwhile True:\n try: _thread.start_new_thread(spin, ())\n except RuntimeError: pass"],
    ids=["forks", "threads"],
)  # fmt: skip
def test_bombs_end_on_time(attempt, code):
    """By the supervisor, or from outside when it cannot get a word in; then the rest needs another sandbox."""
    # Forks that fail leave the kernel memory to free, charged to the sandbox; on a busy host it piles up.
    room = {"memory_mib": 512}
    with attempt.sandbox(**room) as sandbox:
        sandbox.start(Step(replace(attempt.limits, **room), has_cases=True))
        began = time.monotonic()
        result = sandbox.run_case(Series(attempt, sandbox).case(code, limits={"wall_time_s": 0.5, **room}))
        assert 0.5 <= time.monotonic() - began < 0.5 + 0.2
        assert result.outcome is Outcome.WALL_TIME
        try:
            after = sandbox.run_case(Case(("echo", "1"), attempt.limits))
        except SandboxDied:
            assert "from outside" in result.detail
        else:
            assert after.stdout == b"1\n"


def test_the_whole_series_has_a_wall_limit(attempt):
    with attempt.sandbox() as sandbox:
        sandbox.start(Step(replace(attempt.limits, wall_time_s=1), has_cases=True))
        limits = replace(attempt.limits, wall_time_s=1)
        assert sandbox.run_case(Case(("sleep", "0.3"), limits)).outcome is Outcome.OK
        assert sandbox.run_case(Case(("sleep", "60"), limits)).outcome is Outcome.WALL_TIME
        assert sandbox.wait().outcome is Outcome.WALL_TIME
        with pytest.raises((RuntimeError, SandboxDied)):
            sandbox.run_case(Case(("true",), limits))


def test_the_whole_series_has_a_cpu_limit(attempt):
    with attempt.sandbox() as sandbox:
        sandbox.start(Step(replace(attempt.limits, cpu_time_s=0.6), has_cases=True))
        case = Case(("python3", "-c", "while True: pass"), replace(attempt.limits, cpu_time_s=0.4))
        assert [sandbox.run_case(case).outcome for _ in range(2)] == [Outcome.CPU_TIME] * 2
        totals = sandbox.wait()
        assert totals.outcome is Outcome.CPU_TIME
        assert 0.5 < totals.usage.cpu_time_s < 1.2


def test_a_series_nobody_ends_is_ended(attempt):
    with attempt.sandbox() as sandbox:
        sandbox.start(Step(replace(attempt.limits, wall_time_s=0.5), has_cases=True))
        assert sandbox.wait().outcome is Outcome.WALL_TIME


def test_being_ended_at_the_very_end_harms_no_later_case(series):
    """The host tells the supervisor to end a case that has just ended by itself."""
    for _ in range(3):
        series.sandbox._control.sendall(wire.HEADER.pack(wire.CANCEL, 0))
        assert series("print(1)").stdout == b"1\n"


def test_cancel_in_the_middle_of_a_case(series):
    threading.Timer(0.3, series.sandbox.cancel).start()
    assert series("import time; time.sleep(60)").outcome is Outcome.CANCELLED
    assert series.sandbox.wait().outcome is Outcome.CANCELLED
    with pytest.raises(RuntimeError, match="over"):
        series("pass")


def test_destroy_in_the_middle_of_a_case(series):
    threading.Timer(0.3, series.sandbox.destroy).start()
    assert series("import time; time.sleep(60)").outcome is Outcome.CANCELLED


def test_a_supervisor_that_dies_ends_the_series(series):
    threading.Timer(0.3, series.sandbox._body.kill).start()
    with pytest.raises(SandboxDied):
        series("import time; time.sleep(60)")
    with pytest.raises(SandboxDied):
        series("pass")


def test_what_is_refused_beforehand(series, attempt, tmp_path):
    for case in (
        Case((), attempt.limits),
        Case(("true",), replace(attempt.limits, memory_mib=4096)),
        Case(("true",), attempt.limits, inputs={"../x": tmp_path / "x"}),
        Case(("true",), attempt.limits, outputs=(OutputSpec("a", 1), OutputSpec("a", 2))),
        Case(("true\0",), attempt.limits),
    ):
        with pytest.raises(ValueError):
            series.sandbox.run_case(case)
    assert series("print(1)").stdout == b"1\n"
    with attempt.sandbox() as sandbox:
        with pytest.raises(RuntimeError):
            sandbox.run_case(Case(("true",), attempt.limits))
        with pytest.raises(ValueError, match="belong to cases"):
            sandbox.start(Step(attempt.limits, has_cases=True, stdin=b"x"))


def test_a_program_that_is_not_there(series):
    result = series.sandbox.run_case(Case(("no-such-program",), series.limits))
    assert (result.outcome, result.exit_code) == (Outcome.EXIT, 127)
    assert b"No such file" in result.stderr
