"""The embedded stack as an administrator meets it: real processes, real signals, nothing replaced."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from judge.messages import WEAKNESSES
from judge.stack.home import find_running, is_locked
from sandboxes.local import Local

JUDGE = [sys.executable, "-m", "judge"]
START_LIMIT_S = 60.0

pytestmark = [pytest.mark.slow, pytest.mark.serial, pytest.mark.timeout(180)]


def wait_until(condition, limit_s=START_LIMIT_S):
    """Return once `condition()` holds; fail when it does not in time."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < limit_s, "it did not come about in time"
        time.sleep(0.02)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment():
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JUDGE_")}
    return {**kept, "JUDGE_SANDBOX": "local", "JUDGE_WARM_SANDBOXES": "0"}


@contextmanager
def judge_up(home, port):
    """Run `judge up` until the block ends; its output is in `home/out`."""
    home.mkdir(exist_ok=True)
    command = [*JUDGE, "up", "--home", str(home), "--bind", f"127.0.0.1:{port}"]
    with (home / "out").open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=environment(), start_new_session=True)
    try:
        wait_until(lambda: find_running(home) or process.poll() is not None)
        assert process.poll() is None, (home / "out").read_text()
        yield process, find_running(home)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(60)


def is_alive(pid):
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_up_runs_everything_and_sigterm_stops_everything(tmp_path):
    port = free_port()
    with judge_up(tmp_path / "home", port) as (process, running):
        assert set(running.parts) == {"valkey", "worker", "web"}
        assert running.url == f"http://127.0.0.1:{port}"
        assert httpx.get(f"{running.url}/readyz").json() == {"database": "ok", "queue": "ok"}
        family = psutil.Process(process.pid).children(recursive=True)
        assert {child.pid for child in family} >= set(running.parts.values())
        process.terminate()
        assert process.wait(60) == 0
        assert not [child.pid for child in family if is_alive(child.pid)]
    assert find_running(tmp_path / "home") is None
    assert not is_locked(tmp_path / "home")
    said = (tmp_path / "home" / "out").read_text()
    assert "the local sandbox will be used; it is weaker than Docker" in said
    assert "everything is stopped" in said


def test_a_second_up_on_the_same_home_says_who_runs(tmp_path):
    with judge_up(tmp_path / "home", free_port()) as (process, running):
        command = [*JUDGE, "up", "--home", str(tmp_path / "home"), "--bind", f"127.0.0.1:{free_port()}"]
        second = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
        assert second.returncode == 5
        assert (
            f"already running on {tmp_path / 'home'}: {running.url} (process {process.pid})" in second.stderr
        )
        assert all(is_alive(pid) for pid in running.parts.values())


def test_a_taken_port_is_named_and_nothing_is_left(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [*JUDGE, "up", "--home", str(tmp_path / "home"), "--bind", f"127.0.0.1:{port}"]
        done = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
    assert done.returncode == 5
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr
    assert not is_locked(tmp_path / "home")


def test_a_part_that_dies_is_started_again(tmp_path):
    with judge_up(tmp_path / "home", free_port()) as (_, running):
        for name in ("web", "worker", "valkey"):
            os.kill(running.parts[name], signal.SIGKILL)
        wait_until(
            lambda: (
                (now := find_running(tmp_path / "home"))
                and not set(now.parts.values()) & set(running.parts.values())
                and set(now.parts) == set(running.parts)
            )
        )

        def is_ready():
            try:
                return httpx.get(f"{running.url}/readyz").json() == {"database": "ok", "queue": "ok"}
            except httpx.TransportError:
                return False

        wait_until(is_ready)
    assert "valkey was ended by SIGKILL; starting it again" in (tmp_path / "home" / "out").read_text()


def test_no_part_survives_a_killed_supervisor(tmp_path):
    with judge_up(tmp_path / "home", free_port()) as (process, running):
        family = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait(10)
        wait_until(lambda: not [child for child in family if is_alive(child.pid)], limit_s=30)
        assert running.parts
    assert not is_locked(tmp_path / "home")


def test_the_queue_survives_a_restart(tmp_path):
    import redis

    home = tmp_path / "home"
    for turn in range(2):
        with (
            judge_up(home, free_port()),
            redis.Redis.from_url(f"unix://{home / 'run' / 'valkey.sock'}") as client,
        ):
            assert client.config_get("appendonly")["appendonly"] == "yes"
            if turn == 0:
                client.set("kept", "by the append-only file")
            else:
                assert client.get("kept") == b"by the append-only file"


def test_doctor_agrees_with_the_machine(tmp_path):
    done = subprocess.run(
        [*JUDGE, "doctor", "--json", "--home", str(tmp_path)],
        capture_output=True,
        text=True,
        env={**environment(), "JUDGE_WEB_BIND": f"127.0.0.1:{free_port()}"},
        check=False,
    )
    said = json.loads(done.stdout)
    assert done.returncode == 0
    assert said["can_run"] is True
    found = {finding["subject"]: finding for finding in said["findings"]}
    assert found["extra server"]["level"] == "ok"
    assert found["sandbox"]["text"] == "the local sandbox will be used; it is weaker than Docker"
    assert Path(found["bubblewrap"]["text"]).is_file()
    assert found["local sandbox"]["level"] == "note"
    provider = Local("doctor-test", tmp_path / "run")
    for code in provider.report().weaknesses:
        assert f"{code}: {WEAKNESSES[code]}" in found["local sandbox"]["text"]
    provider.close()


def test_doctor_says_when_the_judge_cannot_run(tmp_path):
    forbidden = {**environment(), "JUDGE_SANDBOX": "local", "JUDGE_ALLOW_LOCAL_SANDBOX": "false"}
    done = subprocess.run(
        [*JUDGE, "doctor", "--home", str(tmp_path)],
        capture_output=True,
        text=True,
        env=forbidden,
        check=False,
    )
    assert done.returncode == 1
    assert "The judge cannot run here yet." in done.stdout
