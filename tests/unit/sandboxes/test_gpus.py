"""The inventory through NVIDIA's own binding and a driver that answers what the test wrote."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sandboxes.errors import GpuFault
from sandboxes.gpus import Dirty, Gpu, GpuState, NoGpus, await_clean, find_inventory
from tests.factories.fake_nvml import LOST, VERSION_MISMATCH, FakeGpu, FakeNvml, FakeSlice

A100 = "NVIDIA A100-SXM4-80GB"


@pytest.fixture
def nvml(tmp_path, monkeypatch) -> FakeNvml:
    fake = FakeNvml(tmp_path)
    fake.load(monkeypatch)
    return fake


def test_lists_whole_devices_and_slices_but_never_a_device_in_slices(nvml):
    nvml.set(
        FakeGpu("GPU-a"),
        FakeGpu("GPU-b", slices=[FakeSlice("MIG-1"), FakeSlice("MIG-2", total_mib=19968)]),
        FakeGpu("GPU-c", slices=[]),
        FakeGpu("GPU-d", kind="NVIDIA GeForce RTX 3090", total_mib=24576, knows_mig=False),
    )
    assert find_inventory().list_gpus() == (
        Gpu("GPU-a", 0, A100, 81920),
        Gpu("MIG-1", 1, f"{A100} MIG 1g.10gb", 9856, is_mig=True),
        Gpu("MIG-2", 1, f"{A100} MIG 1g.10gb", 19968, is_mig=True),
        Gpu("GPU-d", 3, "NVIDIA GeForce RTX 3090", 24576),
    )


def test_looks_at_memory_utilisation_and_processes(nvml):
    nvml.set(FakeGpu("GPU-a", used_mib=1500.5, percent=37, pids=(12, 7)))
    assert find_inventory().look("GPU-a") == GpuState(1500.5, 0.37, (7, 12))


def test_a_slice_has_memory_and_processes_and_no_utilisation(nvml):
    nvml.set(FakeGpu("GPU-a", percent=90, pids=(1,), slices=[FakeSlice("MIG-1", used_mib=99, pids=(5,))]))
    assert find_inventory().look("MIG-1") == GpuState(99, 0.0, (5,))


def test_many_processes_are_all_seen(nvml):
    nvml.set(FakeGpu("GPU-a", pids=tuple(range(100, 150))))
    assert find_inventory().look("GPU-a").pids == tuple(range(100, 150))


def test_a_device_off_the_bus_is_left_out_and_faults_when_asked(nvml):
    nvml.set(FakeGpu("GPU-a", error=LOST), FakeGpu("GPU-b"))
    inventory = find_inventory()
    assert [gpu.id for gpu in inventory.list_gpus()] == ["GPU-b"]
    with pytest.raises(GpuFault, match="GPU-a: GPU is lost"):
        inventory.look("GPU-a")
    with pytest.raises(GpuFault, match="GPU-z: Not Found"):
        inventory.look("GPU-z")


def test_devices_that_come_and_go_are_seen_by_one_inventory(nvml):
    nvml.set(FakeGpu("GPU-a"), FakeGpu("GPU-b", used_mib=7))
    inventory = find_inventory()
    inventory.list_gpus()
    nvml.set(FakeGpu("GPU-b", used_mib=8))
    assert inventory.list_gpus() == (Gpu("GPU-b", 0, A100, 81920),)
    assert inventory.look("GPU-b").used_mib == 8


def test_without_a_driver_there_are_no_gpus(nvml, monkeypatch, caplog):
    monkeypatch.delenv("FAKE_NVML_STATE")
    with caplog.at_level("INFO"):
        inventory = find_inventory()
    assert isinstance(inventory, NoGpus)
    assert inventory.list_gpus() == ()
    assert [record.reason for record in caplog.records] == ["no NVIDIA driver: Driver Not Loaded"]
    with pytest.raises(GpuFault):
        inventory.look("GPU-a")


def test_a_broken_driver_is_a_fault_and_not_a_host_without_gpus(nvml):
    nvml.set(FakeGpu("GPU-a"), init=VERSION_MISMATCH)
    inventory = find_inventory()
    with pytest.raises(GpuFault, match="version mismatch"):
        inventory.list_gpus()
    nvml.set(FakeGpu("GPU-a"))
    assert [gpu.id for gpu in inventory.list_gpus()] == ["GPU-a"]


def test_a_driver_that_goes_and_comes_back_is_asked_again(nvml, monkeypatch):
    nvml.set(FakeGpu("GPU-a"))
    inventory = find_inventory()
    monkeypatch.delenv("FAKE_NVML_STATE")
    with pytest.raises(GpuFault, match="Driver Not Loaded"):
        inventory.look("GPU-a")
    monkeypatch.setenv("FAKE_NVML_STATE", str(nvml.state))
    assert inventory.look("GPU-a").used_mib == 4


def test_a_process_started_with_the_environment_has_the_driver(nvml):
    nvml.set(FakeGpu("GPU-a"))
    code = "from sandboxes.gpus import find_inventory; print(find_inventory().list_gpus()[0].id)"
    root = Path(__file__).parents[3]
    environment = {**os.environ, **nvml.environment()}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=root, capture_output=True, check=True
    )
    assert done.stdout == b"GPU-a\n"


class TestAwaitClean:
    def test_clean_devices_are_not_dirty(self, nvml):
        nvml.set(FakeGpu("GPU-a", used_mib=40), FakeGpu("GPU-b"))
        assert await_clean(find_inventory(), ["GPU-a", "GPU-b"], {"GPU-a": 4.0, "GPU-b": 4.0}, 0) == []

    def test_says_what_is_wrong_with_each(self, nvml):
        nvml.set(
            FakeGpu("GPU-a", pids=(31, 32)), FakeGpu("GPU-b", used_mib=900), FakeGpu("GPU-c", error=LOST)
        )
        dirty = await_clean(find_inventory(), ["GPU-a", "GPU-b", "GPU-c"], {"GPU-b": 4.0}, 0.1)
        assert dirty == [
            Dirty("GPU-a", "processes still on it: 31, 32"),
            Dirty("GPU-b", "900 MiB in use, 4 MiB before it was lent"),
            Dirty("GPU-c", "GPU GPU-c: GPU is lost"),
        ]

    def test_waits_for_a_process_to_go(self, nvml):
        nvml.set(FakeGpu("GPU-a", pids=(31,)))
        ending = threading.Timer(0.2, lambda: nvml.change("GPU-a", pids=()))
        ending.start()
        try:
            assert await_clean(find_inventory(), ["GPU-a"], {}, 20) == []
            assert not nvml.gpus["GPU-a"].pids
        finally:
            ending.join()

    def test_only_the_devices_asked_about_count(self, nvml):
        nvml.set(FakeGpu("GPU-a"), FakeGpu("GPU-b", pids=(1,)))
        assert await_clean(find_inventory(), ["GPU-a"], {}, 0) == []
