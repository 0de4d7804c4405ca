"""Whatever the engine does: a typed error with a reason, nothing left behind, and all well afterwards."""

import contextlib
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path

import docker
import pytest
from engines import IMAGE, Engine, private_engine, small_disk

from sandboxes.base import Profile, Step
from sandboxes.docker import Docker
from sandboxes.docker.container import LABEL_OWNER
from sandboxes.errors import ImageMissing, ProviderUnavailable, SandboxDied, SandboxStartFailed
from sandboxes.limits import Limits
from sandboxes.results import Outcome

pytestmark = pytest.mark.docker
SMALL = Limits(wall_time_s=60, cpu_time_s=10, memory_mib=128, n_processes=24, output_mib=8, scratch_mib=8)
PROFILE = Profile("python", SMALL)
HELLO = Step(SMALL, argv=("python3", "-c", "print('hello')"))
SLEEP = Step(SMALL, argv=("python3", "-c", "print('on', flush=True); import time; time.sleep(50)"))


@pytest.fixture(scope="module")
def engine(docker_provider, tmp_path_factory):
    """An engine of our own; its disk is small, so that it can be filled."""
    runc = subprocess.run(["sh", "-c", "command -v runc"], capture_output=True, text=True, check=True)
    flag = f"--add-runtime=other={runc.stdout.strip()}"
    folder = tmp_path_factory.mktemp("engine") / "disk"
    with small_disk(folder, 900) as disk, private_engine(flag, data=disk) as running:
        yield running


@pytest.fixture
def provider(engine, tmp_path):
    made = Docker("failures", tmp_path / "run", engine.url)
    yield made
    if not engine.does_answer():
        engine.start()
    made.close()
    assert not litter(made, engine)


def litter(provider: Docker, engine: Engine) -> list[str]:
    """List containers and slot folders that are still there."""
    command = ["docker", "--host", engine.url, "ps", "-aq", "--filter", f"label={LABEL_OWNER}=failures"]
    containers = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return containers + [path.name for path in provider.run_dir.glob("sb-*")]


def works(provider: Docker) -> bool:
    return provider.create(PROFILE).run(HELLO).stdout == b"hello\n"


def test_engine_stopped_in_mid_step(provider, engine):
    sandbox = provider.create(PROFILE)
    sandbox.start(SLEEP)
    stopping = threading.Timer(0.3, engine.stop)
    stopping.start()
    started = time.monotonic()
    with pytest.raises(SandboxDied):
        sandbox.wait()
    assert time.monotonic() - started < 15
    stopping.join()
    sandbox.destroy()
    with pytest.raises(ProviderUnavailable, match="engine"):
        provider.create(PROFILE)
    with pytest.raises(ProviderUnavailable):
        provider.report()
    assert not provider.settle(0.5), "nothing can be removed while nobody answers"
    assert provider.burials().n_failing == 2
    assert provider.burials().last_failure
    engine.start()
    assert works(provider)
    assert provider.settle()
    assert provider.burials().n_failing == 0
    assert not litter(provider, engine)


def test_engine_crashes_and_the_step_goes_on(provider, engine):
    """Our own channel does not lead through the engine."""
    sandbox = provider.create(PROFILE)
    sandbox.start(Step(SMALL, argv=("python3", "-c", "import time; time.sleep(1); print('done')")))
    engine.kill()
    assert sandbox.wait().stdout == b"done\n"
    sandbox.destroy()
    engine.start()
    assert provider.settle()
    assert works(provider)


def test_a_limit_is_enforced_without_the_engine(provider, engine):
    sandbox = provider.create(PROFILE)
    with engine.frozen():
        limits = replace(SMALL, wall_time_s=0.5)
        sandbox.start(Step(limits, argv=("python3", "-c", "while True: pass")))
        assert sandbox.wait().outcome is Outcome.WALL_TIME
        started = time.monotonic()
        sandbox.destroy()
        assert time.monotonic() - started < 1, "destroying never waits for the engine"


def test_an_engine_that_answers_too_late_leaves_nothing(engine, tmp_path):
    """It makes the container although nobody waits for it any more."""
    provider = Docker("failures", tmp_path / "run", engine.url)
    provider.client.api.timeout = 1
    errors = []

    def create() -> None:
        try:
            provider.create(PROFILE)
        except ProviderUnavailable as error:
            errors.append(error)

    with engine.frozen():
        asking = threading.Thread(target=create)
        asking.start()
        asking.join(10)
        assert len(errors) == 1
        assert errors[0].is_retryable
    provider.client.api.timeout = 60
    assert provider.settle()
    time.sleep(1)  # the engine works off what it was told
    provider.sweep()
    assert not litter(provider, engine)
    assert works(provider)
    provider.close()


@pytest.mark.parametrize("how", ["kill", "remove", "pause"])
def test_somebody_else_meddles_with_the_container(provider, engine, how):
    sandbox = provider.create(PROFILE)
    limits = replace(SMALL, wall_time_s=2)
    sandbox.start(Step(limits if how == "pause" else SMALL, argv=SLEEP.argv))
    time.sleep(0.3)
    container = provider.client.containers.get(f"judge-{sandbox.id}")
    {"kill": container.kill, "remove": lambda: container.remove(force=True), "pause": container.pause}[how]()
    started = time.monotonic()
    if how == "pause":  # nobody can tell that from sleeping; it ends all the same
        assert sandbox.wait().outcome is Outcome.WALL_TIME
    else:
        with pytest.raises(SandboxDied, match=r"outside|removed"):
            sandbox.wait()
    assert time.monotonic() - started < 4
    sandbox.destroy()
    assert provider.settle()
    assert not litter(provider, engine)


def test_a_waiting_one_removed_by_somebody_else(provider, eventually):
    sandbox = provider.create(PROFILE)
    provider.client.containers.get(f"judge-{sandbox.id}").remove(force=True)
    eventually(lambda: not sandbox.is_alive())
    sandbox.destroy()
    assert provider.settle()


def test_image_removed_in_between(provider, engine):
    assert works(provider)
    assert provider.settle()
    images = provider.client.images
    images.get(IMAGE).tag("kept-aside")
    images.remove(IMAGE)
    try:
        with pytest.raises(ImageMissing, match="python"):
            provider.create(PROFILE)
        with pytest.raises(ImageMissing, match="nothing-like-it"):
            provider.create(Profile("nothing-like-it", SMALL))
        assert provider.settle()
        assert not litter(provider, engine)
    finally:
        images.get("kept-aside").tag(IMAGE)
    assert works(provider)


def test_slot_folder_on_a_full_disk(engine, tmp_path):
    with small_disk(tmp_path / "disk", 4) as disk:
        provider = Docker("failures", disk / "run", engine.url)
        big = tmp_path / "input"
        big.write_bytes(bytes(8 << 20))
        sandbox = provider.create(PROFILE)
        with pytest.raises(SandboxStartFailed, match="No space left"):
            sandbox.start(Step(SMALL, argv=HELLO.argv, inputs={"input": big}))
        sandbox.destroy()
        assert provider.settle()
        filler = disk / "filler"
        with pytest.raises(OSError, match="No space"):
            filler.write_bytes(bytes(8 << 20))
        with pytest.raises(SandboxStartFailed, match="slot"):
            provider.create(PROFILE)
        filler.unlink()
        assert provider.settle()
        assert not litter(provider, engine)
        assert works(provider)
        provider.close()


def test_engine_disk_full(provider, engine):
    filler = engine.data / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(bytes(1 << 20)):
            pass
    try:
        with pytest.raises(SandboxStartFailed, match=r"(?i)no space left.*disk is full") as raised:
            provider.create(PROFILE)
        assert raised.value.is_retryable
    finally:
        filler.unlink()
    assert provider.settle()
    assert not litter(provider, engine)
    assert works(provider)


def test_a_container_that_cannot_be_removed_holds_up_nobody(provider, engine, eventually):
    """A folder of its is made undeletable; removal fails, is tried again, and others go meanwhile."""
    stubborn, other = provider.create(PROFILE), provider.create(PROFILE)
    attributes = provider.client.containers.get(f"judge-{stubborn.id}").attrs
    folder = Path(
        attributes["HostsPath"]
        or attributes["ResolvConfPath"]
        or attributes["GraphDriver"]["Data"]["UpperDir"]
    ).parent
    pinned = folder / "pinned"
    pinned.write_text("x")
    subprocess.run(["chattr", "+i", pinned], check=True)
    try:
        stubborn.destroy()
        other.destroy()
        eventually(lambda: provider.burials().n_failing == 1)
        eventually(lambda: provider.burials().n_waiting == 1)
        assert works(provider)
    finally:
        subprocess.run(["chattr", "-i", pinned], check=True)
    assert provider.settle()
    assert provider.burials().n_failing == 0


def test_no_engine_at_all(tmp_path):
    with pytest.raises(ProviderUnavailable, match="apt-get install docker"):
        Docker("failures", tmp_path, f"unix://{tmp_path}/nobody.sock")


def test_unknown_runtime(engine, tmp_path):
    with pytest.raises(ProviderUnavailable, match=r"'nothing'.*runc"):
        Docker("failures", tmp_path, engine.url, runtime="nothing")


def test_engine_forgets_a_runtime(engine, tmp_path):
    """It was there when the provider was made; the engine was then started again without it."""
    provider = Docker("failures", tmp_path / "run", engine.url, runtime="other")
    assert works(provider)
    assert "other" in provider.report().version
    assert provider.settle()
    engine.stop()
    flags, engine.flags = engine.flags, ()
    engine.start()
    try:
        with pytest.raises(ProviderUnavailable, match="runtime"):
            provider.create(PROFILE)
    finally:
        engine.stop()
        engine.flags = flags
        engine.start()
    provider.close()
    assert not litter(provider, engine)


def test_client_errors_are_never_bare(provider, engine):
    """Every call that reaches the engine speaks our language when it is away."""
    engine.stop()
    for call in (provider.report, provider.sweep, lambda: provider.image_digest("python")):
        with pytest.raises(ProviderUnavailable) as raised:
            call()
        assert not isinstance(raised.value, docker.errors.DockerException)
        assert raised.value.detail
    engine.start()
