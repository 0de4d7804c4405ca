"""Every limit, broken; each gives its outcome soon after."""

# ruff: noqa: E501 - hostile programs are quoted whole

import os
import time

import pytest

from sandboxes.base import OutputSpec, Profile, Step
from sandboxes.results import Outcome

# Of which the supervisor has 100 ms before the host kills; the rest is this machine's own slowness.
MAX_OVERRUN_S = 0.2
SPIN = "while True: pass"


def timed(attempt, code, **fields):
    """Run, and return the result and how long the step took by our clock."""
    limits = fields.pop("limits", {})
    with attempt.sandbox(**limits) as sandbox:
        started = time.monotonic()
        sandbox.start(attempt.step(code, limits=limits, **fields))
        return sandbox.wait(), time.monotonic() - started


@pytest.mark.parametrize(
    "code",
    [
        "import time; time.sleep(60)",
        "import signal, time\nfor n in range(1, 65):\n try: signal.signal(n, signal.SIG_IGN)\n"
        " except (OSError, ValueError): pass\ntime.sleep(60)",
        "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
        "import os, time\nif os.fork() == 0:\n os.setsid()\n if os.fork() == 0: time.sleep(60)\n"
        " time.sleep(60)\ntime.sleep(60)",
    ],
    ids=["sleep", "ignore-signals", "stop-self", "daemons"],
)
def test_wall_time(attempt, code):
    result, took_s = timed(attempt, code, limits={"wall_time_s": 0.5})
    assert (result.outcome, result.exit_code) == (Outcome.WALL_TIME, None)
    assert 0.5 <= took_s < 0.5 + MAX_OVERRUN_S


@pytest.mark.parametrize(
    "code",
    [
        "import os\nwhile True:\n try: os.fork()\n except OSError: pass",
        "import _thread\ndef spin():\n while True: pass\nwhile True:\n try: _thread.start_new_thread(spin, ())\n except RuntimeError: pass",
        "import os\nfor _ in range(20):\n if os.fork() == 0: break\nwhile True: os.kill(0, 19) if os.getpid() % 7 == 0 else None",
        "import os\nfor _ in range(20):\n if os.fork() == 0: break\nwhile True:\n with open(f'/tmp/{os.getpid()}', 'wb') as f: f.write(bytes(300_000))",
    ],
    ids=["forks", "threads", "stop-each-other", "tmpfs-writers"],
)
def test_wall_time_whatever_the_program_does(attempt, code):
    """The supervisor shares cores with these; when it is late, the host kills from outside."""
    # Forks that fail leave the kernel memory to free, charged to the sandbox; on a busy host it piles up.
    result, took_s = timed(attempt, code, limits={"wall_time_s": 0.8, "memory_mib": 512})
    assert result.outcome is Outcome.WALL_TIME
    assert 0.8 <= took_s < 0.8 + MAX_OVERRUN_S


def test_cpu_time(attempt):
    result, _ = timed(attempt, SPIN, limits={"cpu_time_s": 0.5})
    assert result.outcome is Outcome.CPU_TIME
    assert 0.5 <= result.usage.cpu_time_s < 0.8


def test_cpu_time_of_many_processes_together(attempt):
    code = "import os\nfor _ in range(4):\n if os.fork() == 0: break\nwhile True: pass"
    result, _ = timed(attempt, code, limits={"cpu_time_s": 0.8, "n_cpus": 2, "wall_time_s": 60})
    assert result.outcome is Outcome.CPU_TIME
    assert 0.8 <= result.usage.cpu_time_s < 1.3


def test_cpu_time_of_short_children_is_counted(attempt):
    code = """
import os, time
while True:
    pid = os.fork()
    if pid == 0:
        end = time.process_time() + 0.03
        while time.process_time() < end: pass
        os._exit(0)
    os.waitpid(pid, 0)
"""
    assert timed(attempt, code, limits={"cpu_time_s": 0.5})[0].outcome is Outcome.CPU_TIME


HOG = "data = []\nwhile True: data.append(bytearray(b'x') * (4 << 20))"


def test_memory(attempt):
    result, took_s = timed(attempt, HOG)
    assert (result.outcome, result.exit_code) == (Outcome.MEMORY, None)
    assert took_s < 5


def test_memory_of_a_child_alone(attempt):
    code = f"import os\nif os.fork() == 0:\n exec({HOG!r})\nos.wait(); print('parent lives')"
    assert timed(attempt, code)[0].outcome is Outcome.MEMORY


def test_memory_of_many_small_processes(attempt):
    code = (
        "import os, time\nfor _ in range(12):\n if os.fork() == 0:\n"
        "  d = bytearray(b'x') * (16 << 20); time.sleep(60)\ntime.sleep(60)"
    )
    assert timed(attempt, code)[0].outcome is Outcome.MEMORY


@pytest.mark.parametrize("folder", ["/tmp", "/job/out", "/dev/shm"])
def test_files_in_memory_count_as_memory(attempt, folder):
    code = f"""
import os, time
held = []
for n in range(60):
    f = open("{folder}/f%d" % n, "wb"); f.write(b"x" * (3 << 20)); f.flush(); held.append(f)
    os.unlink(f.name)
time.sleep(60)
"""
    limits = {"output_mib": 200, "scratch_mib": 200, "shm_mib": 200}
    assert timed(attempt, code, limits=limits)[0].outcome is Outcome.MEMORY


def test_memory_error_at_top_level_of_a_module(provider, attempt, code_folder):
    (code_folder / "hog.py").write_text("data = bytearray(1 << 50)\n")
    profile = Profile("python", attempt.limits, code=(("mine", code_folder),))
    result = provider.create(profile).run(Step(attempt.limits, module="mine.hog"))
    assert result.outcome is Outcome.MEMORY


def test_files_that_were_read_are_not_memory_in_use(attempt, tmp_path):
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.write(os.urandom(1 << 20) * 100)
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)  # so that the step's group reads it in
    large.chmod(0o444)
    code = "f = open('/job/in/large', 'rb')\nwhile f.read(1 << 20): pass\nimport time; time.sleep(0.1)"
    result = attempt(code, inputs={"large": large})
    assert result.outcome is Outcome.OK
    assert result.usage.peak_memory_mib < 60


def test_fork_bomb(attempt):
    code = "import os\nwhile True:\n try: os.fork()\n except OSError: pass"
    result, took_s = timed(attempt, code, limits={"wall_time_s": 1, "cpu_time_s": 1, "memory_mib": 512})
    assert result.outcome in (Outcome.WALL_TIME, Outcome.CPU_TIME)
    assert took_s < 4


def test_number_of_processes(attempt):
    code = """
import os, time
n = 0
try:
    while n < 200:
        if os.fork() == 0: time.sleep(30)
        n += 1
except OSError: pass
print(n)
"""
    assert int(timed(attempt, code)[0].stdout) in range(20, 25)


def test_number_of_threads(attempt):
    code = """
import threading
stop = threading.Event(); n = 0
try:
    while n < 200: threading.Thread(target=stop.wait, daemon=True).start(); n += 1
except RuntimeError: pass
print(n); stop.set()
"""
    assert int(timed(attempt, code)[0].stdout) in range(20, 25)


@pytest.mark.parametrize("stream", [1, 2])
def test_output_flood(attempt, stream):
    code = f"import os\nwhile True: os.write({stream}, b'x' * 65536)"  # not one newline
    result, took_s = timed(attempt, code)
    assert result.outcome is Outcome.OUTPUT_FLOOD
    assert len(result.stdout) + len(result.stderr) == 64 * 1024
    assert took_s < 2


def test_output_flood_by_an_orphan_at_the_end(attempt):
    code = (
        "import os\nif os.fork() == 0:\n while True: os.write(1, b'x' * 65536)\nimport time; time.sleep(0.3)"
    )
    assert timed(attempt, code)[0].outcome is Outcome.OUTPUT_FLOOD


def test_output_size(attempt):
    code = "open('big', 'wb').write(bytes(1025))"
    result = attempt(code, outputs=("big",))
    assert (result.outcome, result.outputs) == (Outcome.OUTPUT_SIZE, {})


def test_sparse_output_is_as_large_as_it_says(attempt):
    code = "f = open('big', 'wb'); f.truncate(2 << 20)"
    assert attempt(code, outputs=(OutputSpec("big", 1 << 20),)).outcome is Outcome.OUTPUT_SIZE


def test_outputs_together_are_no_larger_than_their_folder(attempt):
    """As many as may be declared are taken; holes do not make more of them than the folder holds."""
    names = [f"{number}" for number in range(100)]
    outputs = [OutputSpec(name, 4 << 20) for name in names]
    code = f"for name in {names}: open(name, 'w').write(name)"
    assert attempt(code, outputs).outputs == {name: name.encode() for name in names}
    hollow = attempt(f"for name in {names}: open(name, 'w').truncate(3 << 20)", outputs)
    assert hollow.outcome is Outcome.OUTPUT_SIZE
    assert sum(map(len, hollow.outputs.values())) <= attempt.limits.output_mib << 20


def test_file_size(attempt):
    python = attempt("open('f', 'wb').write(bytes(5 << 20))")  # ignores the signal and gets an error
    assert (python.outcome, python.exit_code) == (Outcome.DISK, 1)
    assert b"File too large" in python.stderr
    with attempt.sandbox() as sandbox:  # a program that does not ignore the signal
        shell = sandbox.run(Step(attempt.limits, argv=("sh", "-c", "exec head -c 5000000 /dev/zero > f")))
    assert (shell.outcome, shell.signal) == (Outcome.DISK, 25)


@pytest.mark.parametrize("folder", ["/tmp", "/job/out", "/dev/shm"])
def test_failure_with_a_full_folder_is_a_matter_of_disk(attempt, folder):
    code = f"for n in range(10): open('{folder}/f%d' % n, 'wb').write(bytes(3 << 20))"
    result = attempt(code)
    assert (result.outcome, result.exit_code) == (Outcome.DISK, 1), result
    many = f"import os\nos.mkdir('{folder}/d')\nfor n in range(100_000): os.close(os.open('{folder}/d/%d' % n, os.O_CREAT))"
    assert attempt(many).outcome is Outcome.DISK


def test_failure_beside_files_is_not_a_matter_of_disk(attempt):
    code = "import os; open('f', 'wb').write(bytes(3 << 20)); os.mkdir('d'); "
    assert attempt(code + "raise SystemExit(3)").outcome is Outcome.EXIT
    assert attempt(code + "os.kill(os.getpid(), 11)").outcome is Outcome.SIGNAL
    full = "try:\n for n in range(10): open('f%d' % n, 'wb').write(bytes(3 << 20))\nexcept OSError: pass\n"
    assert attempt(full).outcome is Outcome.OK  # it coped


def test_codes_and_signals_that_look_like_a_kill(attempt):
    """137 is a number like any other, and so is 9: only the kernel's own count says memory."""
    result = attempt("import os; os._exit(137)")
    assert (result.outcome, result.exit_code) == (Outcome.EXIT, 137)
    result = attempt("import os; os.kill(os.getpid(), 9)")
    assert (result.outcome, result.signal) == (Outcome.SIGNAL, 9)


@pytest.mark.parametrize("folder", ["/tmp", "/job/out", "/dev/shm"])
def test_full_folder(attempt, folder):
    code = f"""
import errno
try:
    for n in range(10): open("{folder}/f%d" % n, "wb").write(bytes(3 << 20))
except OSError as e: print(errno.errorcode[e.errno])
"""
    assert attempt(code).stdout == b"ENOSPC\n"


@pytest.mark.parametrize("folder", ["/tmp", "/job/out", "/dev/shm"])
def test_inode_flood(attempt, folder):
    code = f"""
import errno, os
try:
    for n in range(100_000): os.close(os.open("{folder}/f%d" % n, os.O_CREAT | os.O_WRONLY))
except OSError as e: print(errno.errorcode[e.errno], n < 20_000)
"""
    assert attempt(code).stdout == b"ENOSPC True\n"


def test_open_files(attempt):
    code = "held = []\ntry:\n while True: held.append(open('/dev/null'))\nexcept OSError as e: print(e.errno, len(held) < 64)"
    assert attempt(code).stdout == b"24 True\n"


def test_no_core_dump(attempt):
    code = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    result = attempt(code, outputs=(OutputSpec("core", 1 << 30, is_required=False),))
    assert (result.outcome, result.signal, result.outputs) == (Outcome.SIGNAL, 11, {})


def test_a_step_may_ask_for_less_than_its_sandbox(attempt):
    wide = attempt.profile(memory_mib=512, output_mib=64, file_mib=64)
    narrow = {"memory_mib": 64}
    result = attempt.provider.create(wide).run(attempt.step(HOG, limits=narrow))
    assert result.outcome is Outcome.MEMORY
    assert result.usage.peak_memory_mib < 200
    code = "import time\nopen('f', 'wb').write(bytes(6 << 20))\nopen('g', 'wb').write(bytes(6 << 20))\ntime.sleep(60)"
    files = {"output_mib": 4, "file_mib": 8}
    wide_step = attempt.step(code, limits=files)
    assert attempt.provider.create(attempt.profile(file_mib=8, output_mib=64)).run(wide_step).outcome is (
        Outcome.DISK
    )
