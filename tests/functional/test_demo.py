"""The demo as a newcomer runs it: every example over the real API, a second run, Ctrl-C in between."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import psutil
import pytest

from tests.functional.test_stack import environment, free_port, wait_until

DEMO = [sys.executable, "-m", "judge", "demo"]

pytestmark = [pytest.mark.slow, pytest.mark.serial, pytest.mark.timeout(1200)]


def run_demo(home, *more):
    """Run the demo to its end and return its exit code and what it printed."""
    command = [*DEMO, "--home", str(home), "--port", str(free_port()), *more]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
    return done.returncode, done.stdout + done.stderr


def left_over(home):
    """Return what still runs with this home in its command line or environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and str(home) in " ".join(process.cmdline()):
                found.append(process.cmdline())
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """Run the demo on an empty home; returns the home and what was printed."""
    home = tmp_path_factory.mktemp("demo") / "home"
    code, said = run_demo(home, "--detach")
    assert code == 0, said
    return home, said


def test_every_example_is_judged_as_it_promises(first):
    home, said = first
    total = int(re.search(r"All (\d+) example submissions were judged as expected", said).group(1))
    assert total >= 6 * 7  # every problem has at least six
    assert re.search(r"^ +1 +lin +1\.00000", said, re.MULTILINE)
    practice = (
        "best-checkpoint", "bikeshare", "bpe-merges", "car-notes", "digits", "digits-service", "frozen-lake",
        "linear-regression", "nine-voices",
    )  # fmt: skip
    for board in ("open-2026 · caravan · public", *(f"practice · {slug}" for slug in practice)):
        assert board in said
    assert "will download the data package" in said
    assert left_over(home) == []


def test_a_second_run_reuses_accounts_and_submissions(first):
    home, _ = first
    kept = json.loads((home / "demo-accounts.json").read_text())
    assert (home / "demo-accounts.json").stat().st_mode & 0o077 == 0
    began = time.monotonic()
    code, said = run_demo(home, "--detach")
    assert code == 0, said
    assert "judged earlier" in said
    assert "will download" not in said
    assert json.loads((home / "demo-accounts.json").read_text()) == kept
    assert time.monotonic() - began < 60


def test_ctrl_c_stops_what_was_started_and_nothing_else(first):
    home, _ = first
    bystander = subprocess.Popen(["sleep", "300"])
    command = [*DEMO, "--home", str(home), "--port", str(free_port())]
    out = home / "console"
    with out.open("wb") as stream:
        demo = subprocess.Popen(
            command, stdout=stream, stderr=stream, env=environment(), start_new_session=True
        )
    try:
        wait_until(lambda: "The portal is running" in out.read_text() or demo.poll() is not None)
        assert demo.poll() is None, out.read_text()
        assert psutil.Process(demo.pid).children(recursive=True)
        demo.send_signal(signal.SIGINT)
        assert demo.wait(60) == 0
        assert "Everything that was started here is stopped." in out.read_text()
        assert left_over(home) == []
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()
        if demo.poll() is None:
            demo.terminate()
            demo.wait(60)
