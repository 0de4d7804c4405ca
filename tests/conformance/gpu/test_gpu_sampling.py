"""What is seen of a step's GPUs while it runs, and what follows from it."""

import threading
import time

import pytest

from sandboxes.errors import GpuFault
from sandboxes.results import Outcome
from tests.conformance.gpu.conftest import profile, step
from tests.factories.fake_nvml import LOST

pytestmark = [pytest.mark.docker, pytest.mark.serial]


def test_memory_and_utilisation_are_sampled(gpu_provider, nvml):
    sandbox = gpu_provider.create(profile("GPU-a", "GPU-b"))
    sandbox.start(step("import time; time.sleep(1.2)"))
    nvml.change("GPU-a", used_mib=3000, percent=80)
    nvml.change("GPU-b", used_mib=1000, percent=40)
    usage = sandbox.wait().usage
    sandbox.destroy()
    assert usage.gpu_peak_memory_mib == 4000
    assert usage.gpu_utilisation == pytest.approx(0.6)
    assert usage.timeline[0].gpu_memory_mib == 8  # before the first look: as it was lent
    assert (usage.timeline[-1].gpu_memory_mib, usage.timeline[-1].gpu_utilisation) == (
        4000,
        pytest.approx(0.6),
    )


def test_a_step_without_gpus_says_nothing_of_them(gpu_provider):
    usage = gpu_provider.create(profile()).run(step("pass")).usage
    assert (usage.gpu_peak_memory_mib, usage.gpu_utilisation) == (None, None)
    assert usage.timeline[-1].gpu_memory_mib is None


def test_more_memory_than_asked_for_ends_the_step(gpu_provider, nvml):
    sandbox = gpu_provider.create(profile("GPU-a", gpu_memory_mib=2000))
    sandbox.start(step("import time; time.sleep(15)"))
    nvml.change("GPU-a", used_mib=2004)  # it had 4 when it was lent
    time.sleep(0.8)
    began = time.monotonic()
    nvml.change("GPU-a", used_mib=2100)
    result = sandbox.wait()
    sandbox.destroy()
    assert result.outcome is Outcome.MEMORY
    assert result.detail == "2096 MiB in use on GPU-a, 2000 allowed"
    assert time.monotonic() - began < 3


def test_a_failure_on_a_device_that_fell_off_is_not_the_participants(gpu_provider, nvml):
    sandbox = gpu_provider.create(profile("GPU-a"))
    sandbox.start(step("import time; time.sleep(0.6); raise SystemExit(1)"))
    nvml.change("GPU-a", error=LOST)
    with pytest.raises(GpuFault, match="GPU is lost"):
        sandbox.wait()
    sandbox.destroy()


def test_a_failure_on_a_sound_device_is_the_participants(gpu_provider, nvml):
    sandbox = gpu_provider.create(profile("GPU-a"))
    sandbox.start(step("import time; time.sleep(0.8); raise SystemExit(1)"))
    nvml.change("GPU-a", error=LOST)
    time.sleep(0.3)
    nvml.change("GPU-a", error=0)  # a hiccup of the driver
    assert sandbox.wait().outcome is Outcome.EXIT
    sandbox.destroy()


def test_a_step_that_was_done_keeps_its_result(gpu_provider, nvml):
    sandbox = gpu_provider.create(profile("GPU-a"))
    sandbox.start(step("import time; time.sleep(0.6)"))
    nvml.change("GPU-a", error=LOST)
    assert sandbox.wait().outcome is Outcome.OK
    sandbox.destroy()


class StuckDriver:
    """An inventory whose driver answers once and then hangs."""

    def __init__(self, inventory) -> None:
        self.inventory = inventory
        self.is_stuck = False
        self.released = threading.Event()

    def list_gpus(self):
        return self.inventory.list_gpus()

    def look(self, gpu_id):
        if self.is_stuck:
            self.released.wait(60)
        return self.inventory.look(gpu_id)


def test_a_driver_that_hangs_does_not_hold_up_the_step(engine, nvml, make_provider):
    from sandboxes.gpus import find_inventory

    driver = StuckDriver(find_inventory())
    sandbox = make_provider(engine.url, inventory=driver).create(profile("GPU-a"))
    driver.is_stuck = True
    began = time.monotonic()
    try:
        result = sandbox.run(step("import time; time.sleep(0.5)"))
    finally:
        driver.released.set()
    assert result.outcome is Outcome.OK
    assert time.monotonic() - began < 5
