"""Cancelling, dying, sweeping: whatever happens, nothing is left behind."""

import subprocess
import sys
import textwrap
import threading
import time

import pytest

from judge.messages import WEAKNESSES
from sandboxes.base import Profile
from sandboxes.creators import Creator
from sandboxes.docker.container import DockerBody
from sandboxes.docker.provider import IMAGE_PREFIX
from sandboxes.errors import ProviderUnavailable, SandboxDied, SandboxStartFailed
from sandboxes.limits import Limits
from sandboxes.results import Outcome


def slots(provider):
    return list(provider.run_dir.glob("sb-*"))


def test_cancel(attempt):
    with attempt.sandbox() as sandbox:
        sandbox.start(attempt.step("import time; print('on', flush=True); time.sleep(60)"))
        threading.Timer(0.4, sandbox.cancel).start()
        started = time.monotonic()
        result = sandbox.wait()
        assert (result.outcome, result.exit_code) == (Outcome.CANCELLED, None)
        assert result.stdout == b"on\n"
        assert time.monotonic() - started < 2.4
        sandbox.cancel()


def test_cancel_after_the_end_changes_nothing(attempt):
    with attempt.sandbox() as sandbox:
        sandbox.start(attempt.step("pass"))
        assert sandbox.wait().outcome is Outcome.OK
        sandbox.cancel()
        assert sandbox.wait().outcome is Outcome.OK


def test_destroy_while_running(attempt):
    sandbox = attempt.provider.create(attempt.profile())
    sandbox.start(attempt.step("import time; time.sleep(60)"))
    waiting = []
    thread = threading.Thread(target=lambda: waiting.append(sandbox.wait().outcome))
    thread.start()
    sandbox.destroy()
    sandbox.destroy()
    thread.join(5)
    assert waiting == [Outcome.CANCELLED]


def test_nothing_is_left(attempt):
    attempt.provider.settle()
    before = slots(attempt.provider)
    for code in ("pass", "import os; os.kill(os.getpid(), 9)", "while True: print('x' * 65536)"):
        attempt(code)
    attempt.provider.create(attempt.profile()).destroy()
    attempt.provider.settle()
    assert slots(attempt.provider) == before


@pytest.mark.docker
def test_images_declare_no_volume(docker_provider):
    """Every sandbox would get a writable folder of no size on the host's disk."""
    image = docker_provider.client.images.get(IMAGE_PREFIX + "python")
    assert not image.attrs["Config"].get("Volumes")


@pytest.mark.docker
def test_volumes_go_with_their_container(docker_provider):
    """Images from elsewhere may declare some."""
    containers = docker_provider.client.containers
    arguments = {"command": ["sleep", "60"], "network_mode": "none", "volumes": ["/declared"]}
    container = containers.create(IMAGE_PREFIX + "python", **arguments)
    container.start()
    body = DockerBody(container, Limits())
    made = {mount["Name"] for mount in container.attrs["Mounts"]}
    assert made
    body.bury()
    assert not made & {volume.name for volume in docker_provider.client.volumes.list()}


def test_failed_start_leaves_nothing(attempt):
    attempt.provider.settle()
    before = slots(attempt.provider)
    with pytest.raises(SandboxStartFailed, match="no_such_module"):
        attempt.provider.create(Profile("python", attempt.limits, preload=("no_such_module",)))
    attempt.provider.settle()
    assert slots(attempt.provider) == before


def test_supervisor_killed_by_the_host_is_infrastructure(attempt):
    with attempt.sandbox() as sandbox:
        sandbox.start(attempt.step("import time; time.sleep(60)"))
        threading.Timer(0.3, sandbox._body.kill).start()
        with pytest.raises(SandboxDied):
            sandbox.wait()


def test_dead_idle_sandbox_is_noticed(attempt, eventually):
    with attempt.sandbox() as sandbox:
        assert sandbox.is_alive()
        sandbox._body.kill()
        eventually(lambda: not sandbox.is_alive())
        with pytest.raises((SandboxStartFailed, SandboxDied)):
            sandbox.start(attempt.step("pass"))
            sandbox.wait()


def test_leftovers_of_a_killed_process_are_swept(attempt, eventually):
    provider = attempt.provider
    make = f"""
        import sys, time
        from pathlib import Path
        from sandboxes.base import Profile, Step
        from sandboxes.limits import Limits
        from {type(provider).__module__} import {type(provider).__name__} as Provider
        provider = Provider({provider.owner!r}, Path({str(provider.run_dir)!r}))
        limits = Limits(memory_mib=128)
        busy, idle = (provider.create(Profile("python", limits)) for _ in range(2))
        busy.start(Step(limits, argv=("sleep", "1000")))
        print(busy.id, idle.id, flush=True)
        time.sleep(1000)
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(make)], stdout=subprocess.PIPE, text=True
    )
    names = {f"sb-{name}" for name in process.stdout.readline().split()}
    assert len(names) == 2
    assert provider.sweep() == 0, "its creator lives"
    process.kill()
    process.wait()
    process.stdout.close()
    with attempt.sandbox() as living:
        assert provider.sweep() == 2
        assert living.is_alive()
        left = {path.name for path in slots(provider)}
        assert not left & names
    assert provider.sweep() == 0


def test_other_owners_are_left_alone(attempt):
    provider = attempt.provider
    foreign = provider.run_dir / "sb-foreign"
    foreign.mkdir()
    mark = Creator("somebody-else", "1", "dead", "other-boot", "0").to_json()
    (foreign / "creator.json").write_text(mark)
    assert provider.sweep() == 0
    assert foreign.exists()
    (foreign / "creator.json").unlink()
    foreign.rmdir()


def test_closed_provider_makes_nothing(attempt):
    provider = type(attempt.provider)(attempt.provider.owner, attempt.provider.run_dir)
    sandbox = provider.create(attempt.profile())
    provider.close()
    assert not sandbox.is_alive()
    assert not (provider.run_dir / f"sb-{sandbox.id}").exists()
    with pytest.raises(ProviderUnavailable):
        provider.create(attempt.profile())


def test_long_run_dir(attempt, tmp_path):
    """A Unix socket's path may have 107 bytes; a folder's may have more."""
    deep = tmp_path / ("d" * 120) / ("e" * 120)
    provider = type(attempt.provider)(attempt.provider.owner, deep)
    try:
        assert provider.create(attempt.profile()).run(attempt.step("print(1)")).stdout == b"1\n"
    finally:
        provider.close()


def test_report_is_honest(provider):
    report = provider.report()
    assert report.name == provider.name
    assert report.version
    assert report.is_weaker == (report.name == "local")
    assert set(report.weaknesses) <= WEAKNESSES.keys(), "each has a text for the doctor and the portal"
