"""Ends and outputs that try to deceive whoever collects them."""

import pytest

from sandboxes.base import OutputSpec
from sandboxes.results import Outcome


@pytest.mark.parametrize(
    "code",
    [
        "import os; os.symlink('/etc/passwd', 'out')",
        "import os; os.symlink('/job/in', 'out')",
        "import os; os.symlink('real', 'out'); open('real', 'w').write('x')",
        "import os; os.mkfifo('out')",
        "import socket; socket.socket(socket.AF_UNIX).bind('out')",
        "import os; open('real', 'w').write('x'); os.link('real', 'out')",
    ],
    ids=["symlink", "symlink-folder", "symlink-inside", "fifo", "socket", "hardlink"],
)
def test_links_and_special_files(attempt, code):
    result = attempt(code, outputs=("out",))
    assert (result.outcome, result.outputs) == (Outcome.SECURITY, {}), result


@pytest.mark.parametrize("target", ["/", "/job/in", "real"])
def test_link_as_a_folder_on_the_way(attempt, target):
    code = f"import os; os.mkdir('real'); open('real/out', 'w').write('x'); os.symlink({target!r}, 'deep')"
    result = attempt(code, outputs=("deep/out",))
    assert (result.outcome, result.outputs) == (Outcome.SECURITY, {})


@pytest.mark.parametrize(
    "code",
    [
        "pass",
        "import os; os.mkdir('out')",
        "import os; open('out', 'w').write('x'); os.chmod('out', 0)",
        "import os; os._exit(0)",
        "open('out ', 'w'); open('OUT', 'w')",
    ],
    ids=["nothing", "folder", "unreadable", "exit-early", "other-names"],
)
def test_missing(attempt, code):
    result = attempt(code, outputs=("out",))
    assert (result.outcome, result.exit_code, result.outputs) == (Outcome.OUTPUT_MISSING, 0, {})


def test_missing_says_nothing_about_a_failed_step(attempt):
    result = attempt("raise SystemExit(4)", outputs=("out",))
    assert (result.outcome, result.exit_code) == (Outcome.EXIT, 4)


def test_exit_137_is_not_a_kill(attempt):
    result = attempt("import os; os._exit(137)")
    assert (result.outcome, result.exit_code, result.signal) == (Outcome.EXIT, 137, None)


@pytest.mark.parametrize("number", [9, 15, 6, 11])
def test_signals(attempt, number):
    result = attempt(f"import os; os.kill(os.getpid(), {number})")
    assert (result.outcome, result.exit_code, result.signal) == (Outcome.SIGNAL, None, number)


def test_kill_everybody(attempt):
    code = """
import os, signal, time
child = os.fork()
if child == 0: time.sleep(60)
os.kill(-1, signal.SIGKILL)
print(os.waitpid(child, 0)[1])
"""
    assert attempt(code).stdout == b"9\n"  # its own, and nobody else's: the supervisor reports as ever


def test_partial_output_of_a_failed_step_comes_back(attempt):
    result = attempt("open('log', 'w').write('so far'); raise SystemExit(1)", outputs=("log",))
    assert (result.outcome, result.outputs) == (Outcome.EXIT, {"log": b"so far"})


def test_orphans_do_not_outlive_the_step(attempt):
    code = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True:
            open("out", "a").write("x"); time.sleep(0.001)
    os._exit(0)
time.sleep(0.1)
"""
    result = attempt(code, outputs=(OutputSpec("out", 1 << 20),))
    assert result.outcome is Outcome.OK
    assert 0 < len(result.outputs["out"]) < 1000
    assert result.usage.wall_time_s < 2


def test_closing_and_replacing_descriptors(attempt):
    code = "import os\nos.closerange(0, 64)\nopen('/job/out/out', 'w').write('x')"
    assert attempt(code, outputs=("out",)).outputs == {"out": b"x"}


def test_odd_bytes_on_stdout(attempt):
    body = bytes(range(256)) + "\u202e\x1b[2J".encode()
    assert attempt(f"import os; os.write(1, {body!r})").stdout == body
