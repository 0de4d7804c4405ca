"""What only a real GPU can show. Left out unless asked for, on a host with the NVIDIA driver, its container
toolkit and the image `python-ml-cuda` (`judge images build python-ml-cuda`):

    pytest -m gpu tests/conformance/gpu
"""

import json
import os
import time
from dataclasses import replace

import pytest

from sandboxes.base import Profile, Step
from sandboxes.gpus import await_clean, find_inventory
from sandboxes.limits import Limits
from sandboxes.results import Outcome

pytestmark = [pytest.mark.gpu, pytest.mark.timeout(600)]
LIMITS = Limits(
    wall_time_s=120, cpu_time_s=120, memory_mib=12_000, n_processes=256, n_cpus=2, shm_mib=1024,
    scratch_mib=1024, file_mib=1024, n_open_files=1024,
)  # fmt: skip
MATMUL = """
import json, os, torch
before = torch.cuda.is_initialized()
a = torch.randn(2048, 2048, device="cuda")
error = (a @ a - (a.double() @ a.double()).float()).abs().max().item()
print(json.dumps({"before": before, "error": error, "n": torch.cuda.device_count(),
                  "name": torch.cuda.get_device_name(0), "visible": os.environ["CUDA_VISIBLE_DEVICES"]}))
"""
HOG = """
import time, torch
held = []
while True:
    held.append(torch.ones(64 * 2**20, dtype=torch.float32, device="cuda"))
    time.sleep(0.2)
"""
BUSY = """
import time, torch
a = torch.randn(4096, 4096, device="cuda")
began = time.time()
while time.time() - began < 5:
    a = (a @ a).clamp(-1, 1)
torch.cuda.synchronize()
"""
LOADER = """
import torch
from torch.utils.data import DataLoader, TensorDataset
rows = TensorDataset(torch.arange(4096 * 256, dtype=torch.float32).reshape(4096, 256))
total = 0.0
for (batch,) in DataLoader(rows, batch_size=512, num_workers=2, pin_memory=True):
    total += batch.to("cuda", non_blocking=True).double().sum().item()
print(total == (4096 * 256 - 1) * 4096 * 256 / 2)
"""


@pytest.fixture(scope="module")
def inventory():
    return find_inventory()


@pytest.fixture
def gpu(inventory):
    found = inventory.list_gpus()
    assert found, "no GPU: is the NVIDIA driver loaded, and nvidia-ml-py installed?"
    return found[0]


@pytest.fixture
def provider(tmp_path, inventory):
    from sandboxes.docker import Docker

    made = Docker(f"real-gpu-{os.getpid()}", tmp_path / "run", inventory=inventory)
    yield made
    made.close()


def profile(gpu=None, **fields) -> Profile:
    gpus = () if gpu is None else (gpu.id,)
    return Profile("python-ml-cuda", LIMITS, preload=("torch",), gpus=gpus, **fields)


def command(code: str, **limits) -> Step:
    return Step(replace(LIMITS, **limits), argv=("python3", "-c", code))


def test_the_inventory_describes_it(gpu, inventory):
    state = inventory.look(gpu.id)
    assert gpu.memory_mib > 1000
    assert 0 <= state.used_mib < gpu.memory_mib
    assert 0 <= state.utilisation <= 1


def test_cuda_computes_in_a_new_process(provider, gpu):
    result = provider.create(profile(gpu)).run(command(MATMUL))
    assert result.outcome is Outcome.OK, result
    said = json.loads(result.stdout)
    assert (said["before"], said["n"], said["visible"]) == (False, 1, gpu.id)
    assert said["error"] < 1


def test_cuda_computes_in_a_fork_of_the_warm_interpreter(provider, gpu, code_folder):
    (code_folder / "__init__.py").write_text("")
    (code_folder / "work.py").write_text(MATMUL)
    made = provider.create(profile(gpu, code=(("job", code_folder),)))
    result = made.run(Step(LIMITS, module="job.work"))
    assert result.outcome is Outcome.OK, result
    assert json.loads(result.stdout)["before"] is False


def test_a_sandbox_without_a_lease_has_no_cuda(provider):
    code = (
        "import os, torch; print(torch.cuda.is_available(), [n for n in os.listdir('/dev') if 'nvidia' in n])"
    )
    assert provider.create(profile()).run(command(code)).stdout == b"False []\n"


def test_a_memory_hog_is_ended(provider, gpu, inventory):
    before = inventory.look(gpu.id).used_mib
    result = provider.create(profile(gpu, gpu_memory_mib=2000)).run(command(HOG))
    assert result.outcome is Outcome.MEMORY, result
    assert "allowed" in result.detail
    assert await_clean(inventory, [gpu.id], {gpu.id: before}, 20) == []


def test_the_device_is_clean_after_a_kill(provider, gpu, inventory, eventually):
    before = inventory.look(gpu.id)
    assert before.pids == ()
    sandbox = provider.create(profile(gpu))
    sandbox.start(command(HOG))
    eventually(lambda: inventory.look(gpu.id).pids, timeout_s=60)
    assert await_clean(inventory, [gpu.id], {gpu.id: before.used_mib}, 0) != []
    sandbox.destroy()
    assert await_clean(inventory, [gpu.id], {gpu.id: before.used_mib}, 20) == []


def test_use_is_sampled(provider, gpu):
    began = time.monotonic()
    usage = provider.create(profile(gpu)).run(command(BUSY)).usage
    assert usage.gpu_peak_memory_mib > 200
    if not gpu.is_mig:  # the driver counts no utilisation of slices
        assert usage.gpu_utilisation > 0.2
    assert max(sample.gpu_memory_mib for sample in usage.timeline) <= usage.gpu_peak_memory_mib
    assert usage.timeline[-1].at_s < time.monotonic() - began


def test_pinned_memory_and_loader_processes_work(provider, gpu):
    result = provider.create(profile(gpu)).run(command(LOADER))
    assert result.stdout == b"True\n", result
