"""A sandbox gets the GPUs of its lease and no other; what goes wrong is nobody's fault but the host's."""

import io
import json
from pathlib import Path

import pytest

from sandboxes.base import Profile
from sandboxes.errors import GpuFault, LimitsUnmet, SandboxStartFailed
from sandboxes.gpus import NoGpus
from sandboxes.results import Outcome
from tests.conformance.gpu.conftest import GPUS, LIMITS, profile, step
from tests.factories.fake_nvml import LOST, FakeGpu

pytestmark = [pytest.mark.docker, pytest.mark.serial]
# What a step sees: its nodes, what CUDA is told, its ulimits, its privileges.
LOOK = """
import json, os, resource
nodes = sorted(name for name in os.listdir("/dev") if "nvidia" in name)
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(json.dumps({
    "nodes": nodes,
    "writable": [os.access("/dev/" + name, os.R_OK | os.W_OK) for name in nodes],
    "cuda": os.environ["CUDA_VISIBLE_DEVICES"],
    "nvidia": os.environ["NVIDIA_VISIBLE_DEVICES"],
    "memlock": resource.getrlimit(resource.RLIMIT_MEMLOCK),
    "stack": resource.getrlimit(resource.RLIMIT_STACK),
    "shm_mib": os.statvfs("/dev/shm").f_blocks * os.statvfs("/dev/shm").f_frsize // 2**20,
    "powers": [status[name].strip() for name in ("CapEff", "CapPrm", "CapBnd", "NoNewPrivs", "Seccomp")],
    "uid": os.getuid(),
}))
"""


def look(provider, *gpus: str, **fields) -> dict:
    result = provider.create(profile(*gpus, **fields)).run(step(LOOK))
    assert result.outcome is Outcome.OK, result
    return json.loads(result.stdout)


def may_raise_limits() -> bool:
    """Whether the engine, a child of ours, has CAP_SYS_RESOURCE."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return bool(int(status.partition("CapEff:")[2].split()[0], 16) >> 24 & 1)


def leftovers(engine) -> list[str]:
    client = engine.client()
    try:
        return [container.name for container in client.containers.list(all=True)]
    finally:
        client.close()


@pytest.mark.parametrize("gpus", [("GPU-a",), ("GPU-b", "GPU-a"), ("MIG-c1",)])
def test_a_sandbox_sees_its_own_devices_alone(gpu_provider, engine, gpus):
    seen = look(gpu_provider, *gpus)
    assert seen["nodes"] == sorted(f"nvidia{GPUS[gpu]}" for gpu in gpus)
    assert all(seen["writable"])
    assert seen["cuda"] == seen["nvidia"] == ",".join(gpus)
    # Twice where the engine may not raise ulimits and the first attempt was refused for it.
    assert {tuple(asked.values()) for asked in engine.asked()} == {
        ("hook", ",".join(gpus), "compute,utility")
    }


def test_two_sandboxes_at_once_have_different_devices(gpu_provider):
    first, second = gpu_provider.create(profile("GPU-a")), gpu_provider.create(profile("GPU-b"))
    seen = [json.loads(sandbox.run(step(LOOK)).stdout)["nodes"] for sandbox in (first, second)]
    assert seen == [["nvidia0"], ["nvidia1"]]


def test_limits_are_as_cuda_needs_them_and_nothing_else_is_loosened(gpu_provider):
    plain, seen = look(gpu_provider), look(gpu_provider, "GPU-a")
    if may_raise_limits():
        assert seen["memlock"] == [-1, -1]
        assert seen["stack"] == [64 * 2**20, 64 * 2**20]
    else:  # a machine that is itself confined: the sandbox starts all the same
        assert (seen["memlock"], seen["stack"]) == (plain["memlock"], plain["stack"])
    assert seen["shm_mib"] == LIMITS.shm_mib
    assert seen["powers"] == plain["powers"]
    assert seen["powers"][:4] == ["0" * 16, "0" * 16, "0" * 16, "1"]
    assert seen["uid"] != 0


def test_the_runtime_called_nvidia_gives_the_same(engine, nvml, make_provider):
    engine.forget()
    provider = make_provider(engine.url, runtime="nvidia")
    seen = look(provider, "GPU-b")
    assert (seen["nodes"], seen["cuda"]) == (["nvidia1"], "GPU-b")
    assert {asked["program"] for asked in engine.asked()} == {"runtime", "hook"}
    assert {asked["visible"] for asked in engine.asked()} == {"GPU-b"}


def test_an_image_cannot_ask_for_devices(engine, nvml, make_provider):
    """With NVIDIA's runtime every container passes by it, and images may carry its variable."""
    engine.forget()
    client = engine.client()
    greedy = b"FROM openmodels-judge/runner-python\nENV NVIDIA_VISIBLE_DEVICES=all CUDA_VISIBLE_DEVICES=0\n"
    client.images.build(fileobj=io.BytesIO(greedy), tag="openmodels-judge/runner-greedy", rm=True)
    plain = client.containers.run(
        "openmodels-judge/runner-greedy", ["ls", "/dev"], runtime="nvidia", network_mode="none", remove=True
    )
    client.close()
    assert b"nvidia0" in plain  # without us it gets all of them
    provider = make_provider(engine.url, runtime="nvidia")
    sandbox = provider.create(Profile("greedy", LIMITS))
    seen = json.loads(sandbox.run(step(LOOK)).stdout)
    assert (seen["nodes"], seen["cuda"], seen["nvidia"]) == ([], "", "void")


def test_a_driver_that_fails_is_a_gpu_fault_and_leaves_nothing(gpu_provider, engine):
    engine.break_driver("initialization error: nvml error: driver not loaded")
    with pytest.raises(GpuFault, match="driver not loaded") as caught:
        gpu_provider.create(profile("GPU-a"))
    assert caught.value.is_retryable
    gpu_provider.settle()
    assert leftovers(engine) == []
    assert list(gpu_provider.run_dir.glob("sb-*")) == []


def test_a_device_the_engine_does_not_know_is_a_gpu_fault(gpu_provider, nvml):
    nvml.set(FakeGpu("GPU-new"))
    with pytest.raises(GpuFault, match="GPU-new: unknown device"):
        gpu_provider.create(profile("GPU-new"))


def test_a_device_off_the_bus_is_not_lent(gpu_provider, nvml, engine):
    nvml.change("GPU-a", error=LOST)
    with pytest.raises(GpuFault, match="GPU is lost"):
        gpu_provider.create(profile("GPU-a"))
    assert engine.asked() == []
    gpu_provider.settle()
    assert list(gpu_provider.run_dir.glob("sb-*")) == []


def test_an_engine_without_nvidia_does_not_meet_the_limits(docker_provider, nvml, make_provider):
    provider = make_provider(None)
    with pytest.raises(LimitsUnmet, match="could not select device driver") as caught:
        provider.create(profile("GPU-a"))
    assert caught.value.is_retryable  # on another worker
    with pytest.raises(LimitsUnmet, match="no CDI device example"):
        provider.create(profile("example.com/gpu=0"))


def test_a_host_without_a_driver_does_not_meet_the_limits(docker_provider, make_provider):
    with pytest.raises(LimitsUnmet, match="no NVIDIA driver"):
        make_provider(None, inventory=NoGpus()).create(profile("GPU-a"))


def test_the_local_provider_has_no_gpus_to_give(local_provider):
    with pytest.raises(LimitsUnmet, match="Docker is needed"):
        local_provider.create(profile("GPU-a"))


@pytest.mark.parametrize("gpus", [("all",), ("0",), ("GPU-a,GPU-b",), ("GPU-a", "GPU-a"), ("",), ("void",)])
def test_words_that_would_get_more_devices_are_refused(gpu_provider, engine, gpus):
    with pytest.raises(ValueError, match="GPU"):
        gpu_provider.create(profile(*gpus))
    assert engine.asked() == []


def test_a_preload_that_takes_a_device_before_the_fork_is_refused(gpu_provider, code_folder):
    (code_folder / "__init__.py").write_text("held = open('/dev/nvidia0', 'rb')")
    with pytest.raises(SandboxStartFailed, match="a preload opened /dev/nvidia0") as caught:
        gpu_provider.create(profile("GPU-a", code=(("eager", code_folder),), preload=("eager",)))
    assert not caught.value.is_retryable


def test_a_preload_that_leaves_devices_alone_is_imported(gpu_provider, code_folder):
    (code_folder / "__init__.py").write_text("import os\nfound = os.path.exists('/dev/nvidia0')")
    assert look(gpu_provider, "GPU-a", code=(("modest", code_folder),), preload=("modest",))["nodes"]
