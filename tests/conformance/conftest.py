"""Every provider in turn, and a short way to run a hostile program in one of its sandboxes."""

import contextlib
import os
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from sandboxes.base import OutputSpec, Profile, Provider, Step
from sandboxes.limits import Limits
from sandboxes.local import Local
from sandboxes.results import StepResult

SMALL = Limits(
    wall_time_s=10, cpu_time_s=10, memory_mib=128, n_processes=24, output_mib=8, scratch_mib=8,
    stdout_kib=64, file_mib=4, n_open_files=64, shm_mib=8,
)  # fmt: skip
OWNER = f"conformance-{os.getpid()}"


@pytest.fixture(scope="session")
def local_provider(tmp_path_factory):
    provider = Local(OWNER, tmp_path_factory.mktemp("local-run"))
    yield provider
    provider.close()


def _is_engine_up() -> bool:
    return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="session")
def docker_engine():
    """A Docker engine; started if there is none and we are root. Fails, never skips."""
    if shutil.which("docker") is None and os.geteuid() != 0:
        pytest.fail("no docker command: apt-get install docker.io")
    if _is_engine_up():
        return
    if os.geteuid() != 0:
        pytest.fail("no Docker engine answers and only root can start one: start dockerd")
    if shutil.which("dockerd") is None:
        subprocess.run(["apt-get", "install", "-y", "docker.io", "mmdebstrap"], check=True)
    # Left running: other suites and the user's own tools may want it after us.
    with Path("/tmp/openmodels-dockerd.log").open("ab") as log:
        subprocess.Popen(["dockerd"], stdout=log, stderr=log, start_new_session=True)
    deadline = time.monotonic() + 60
    while not _is_engine_up():
        assert time.monotonic() < deadline, "dockerd did not come up, see /tmp/openmodels-dockerd.log"
        time.sleep(0.2)


@pytest.fixture(scope="session")
def docker_provider(docker_engine, tmp_path_factory):
    from sandboxes.docker import Docker
    from sandboxes.docker.images import ImageBuilder

    provider = Docker(OWNER, tmp_path_factory.mktemp("docker-run"))
    ImageBuilder(provider.client).build("python")
    yield provider
    provider.close()


@pytest.fixture(params=["local", pytest.param("docker", marks=pytest.mark.docker)])
def provider(request) -> Provider:
    return request.getfixturevalue(f"{request.param}_provider")


class Attempt:
    """Runs programs in fresh sandboxes of one provider."""

    limits = SMALL

    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    def profile(self, **changes) -> Profile:
        return Profile("python", replace(SMALL, **changes))

    def step(self, code: str, outputs=(), limits=None, **fields) -> Step:
        specs = tuple(OutputSpec(name, 1024) if isinstance(name, str) else name for name in outputs)
        argv = ("python3", "-c", code)
        return Step(replace(SMALL, **(limits or {})), argv=argv, outputs=specs, **fields)

    def __call__(self, code: str, outputs=(), limits=None, **fields) -> StepResult:
        sandbox = self.provider.create(self.profile(**(limits or {})))
        return sandbox.run(self.step(code, outputs, limits, **fields))

    @contextlib.contextmanager
    def sandbox(self, **changes):
        sandbox = self.provider.create(self.profile(**changes))
        try:
            yield sandbox
        finally:
            sandbox.destroy()


@pytest.fixture
def attempt(provider) -> Attempt:
    return Attempt(provider)


@pytest.fixture
def eventually():
    """Wait for a condition that something in the background brings about."""

    def wait(condition, timeout_s: float = 60.0) -> None:
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline, "it never came true"
            time.sleep(0.02)

    return wait


@pytest.fixture
def code_folder(tmp_path) -> Path:
    folder = tmp_path / "code"
    folder.mkdir(mode=0o755)
    return folder
