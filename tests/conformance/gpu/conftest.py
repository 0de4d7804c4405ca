"""An engine with NVIDIA's programs stood in for, and a driver that answers what a test writes."""

import os
from dataclasses import replace

import pytest

from sandboxes.base import Profile, Step
from sandboxes.gpus import find_inventory
from sandboxes.limits import Limits
from tests.factories.fake_nvml import FakeGpu, FakeNvml, FakeSlice
from tests.factories.gpu_engine import gpu_engine

GPUS = {"GPU-a": 0, "GPU-b": 1, "MIG-c1": 2}
LIMITS = Limits(wall_time_s=20, cpu_time_s=10, memory_mib=256, n_processes=24, shm_mib=96)


@pytest.fixture(scope="session")
def engine(docker_provider):
    """The engine: `docker_provider` is asked for because it builds the image that is copied."""
    with gpu_engine(GPUS) as found:
        found.copy_image("openmodels-judge/runner-python")
        yield found


@pytest.fixture
def nvml(tmp_path, monkeypatch) -> FakeNvml:
    fake = FakeNvml(tmp_path / "nvml")
    fake.load(monkeypatch)
    fake.set(FakeGpu("GPU-a"), FakeGpu("GPU-b"), FakeGpu("GPU-c", slices=[FakeSlice("MIG-c1")]))
    return fake


@pytest.fixture
def make_provider(tmp_path):
    from sandboxes.docker import Docker

    made = []

    def make(url: str | None, **options) -> Docker:
        made.append(Docker(f"gpu-{os.getpid()}", tmp_path / "run", url, **options))
        return made[-1]

    yield make
    for provider in made:
        provider.close()


@pytest.fixture
def gpu_provider(engine, nvml, make_provider):
    engine.forget()
    return make_provider(engine.url, inventory=find_inventory())


def profile(*gpus: str, **fields) -> Profile:
    return Profile("python", LIMITS, gpus=gpus, **fields)


def step(code: str, **limits) -> Step:
    return Step(replace(LIMITS, **limits), argv=("python3", "-c", code))
