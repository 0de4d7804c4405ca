"""The time line of a step and its GPUs, from files that look like a cgroup's."""

import threading
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from sandboxes.cgroups import Cgroup
from sandboxes.errors import GpuFault
from sandboxes.gpus import GpuState
from sandboxes.limits import MIB
from sandboxes.results import MAX_SAMPLES, Outcome, StepResult, Usage
from sandboxes.sampling import GpuWatch, KernelGauge, StepSampler

RESULT = StepResult(Outcome.OK, 0, None, b"", b"", Usage(1.0, 1.0, 1.0, "cgroup"))


@pytest.fixture(params=["v1", "v2"])
def cgroup(request, tmp_path) -> Cgroup:
    return Cgroup(tmp_path, tmp_path, None, is_v2=request.param == "v2")


def use(cgroup: Cgroup, cpu_time_s: float, memory_mib: float) -> None:
    """Write what the kernel would."""
    cpu, memory = (
        ("cpu.stat", "memory.current") if cgroup.is_v2 else ("cpuacct.usage", "memory.usage_in_bytes")
    )
    text = (
        f"usage_usec {int(cpu_time_s * 1e6)}\nuser_usec 1\n" if cgroup.is_v2 else f"{int(cpu_time_s * 1e9)}\n"
    )
    (cgroup.cpu / cpu).write_text(text)
    file = "file" if cgroup.is_v2 else "total_cache"
    shmem = "shmem" if cgroup.is_v2 else "total_shmem"
    cached = 300 * MIB  # of files on disk, which is nobody's; what lies in a tmpfs counts
    (cgroup.memory / "memory.stat").write_text(f"anon 1\n{file} {cached + 5 * MIB}\n{shmem} {5 * MIB}\n")
    (cgroup.memory / memory).write_text(f"{int(memory_mib * MIB) + cached}\n")


def no_excess(outcome: Outcome, detail: str) -> None:
    raise AssertionError(f"{outcome}: {detail}")


def test_the_gauge_reads_the_same_files_again(cgroup):
    use(cgroup, 1.5, 100)
    gauge = KernelGauge(cgroup)
    assert (gauge.cpu_time_s(), gauge.memory_mib()) == (1.5, 100)
    use(cgroup, 2.25, 7.5)
    assert (gauge.cpu_time_s(), gauge.memory_mib()) == (2.25, 7.5)
    gauge.close()


def test_the_line_starts_at_the_step_and_ends_with_its_end(cgroup):
    use(cgroup, 10.0, 50)
    with StepSampler(cgroup, None, no_excess) as sampler:
        time.sleep(0.1)
        use(cgroup, 10.5, 80)
        time.sleep(0.1)
        use(cgroup, 11.0, 20)
    line = sampler.settle(RESULT).usage.timeline
    assert [sample.at_s for sample in line] == sorted(sample.at_s for sample in line)
    assert (line[0].cpu_time_s, line[0].memory_mib) == (0.0, 50)
    assert (line[-1].cpu_time_s, line[-1].memory_mib) == (1.0, 20)
    assert 0.2 <= line[-1].at_s < 5
    assert {sample.gpu_memory_mib for sample in line} == {None}


def test_a_long_line_is_thinned_and_keeps_both_ends(cgroup, monkeypatch):
    monkeypatch.setattr("sandboxes.sampling.FIRST_INTERVAL_S", 0.0005)
    use(cgroup, 0.0, 1)
    with StepSampler(cgroup, None, no_excess) as sampler:
        time.sleep(1.0)
        use(cgroup, 9.0, 2)
    line = sampler.settle(RESULT).usage.timeline
    assert MAX_SAMPLES // 3 < len(line) <= MAX_SAMPLES
    assert line[0].at_s < 0.2
    assert (line[-1].cpu_time_s, line[-1].memory_mib) == (9.0, 2)
    assert max(after.at_s - before.at_s for before, after in pairwise(line)) < 0.9


def test_a_group_that_went_ends_the_line_quietly(tmp_path):
    gone = Cgroup(tmp_path / "gone", tmp_path / "gone", None, is_v2=True)
    with StepSampler(gone, None, no_excess) as sampler:
        pass
    assert sampler.settle(RESULT) == RESULT


def test_the_peak_is_never_below_the_line(cgroup):
    use(cgroup, 0.0, 640)
    with StepSampler(cgroup, None, no_excess) as sampler:
        pass
    assert sampler.settle(RESULT).usage.peak_memory_mib == 640


def test_no_descriptor_and_no_thread_is_left(cgroup):
    use(cgroup, 0.0, 1)
    before = set(Path("/proc/self/fd").iterdir())
    for _ in range(20):
        with StepSampler(cgroup, None, no_excess):
            pass
    assert set(Path("/proc/self/fd").iterdir()) == before
    deadline = time.monotonic() + 5
    while any(thread.name == "usage-sampler" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Driver:
    """An inventory of two devices in memory."""

    def __init__(self) -> None:
        self.state = GpuState(100.0, 0.5, ())
        self.fault: GpuFault | None = None

    def list_gpus(self):
        return ()

    def look(self, gpu_id):
        if self.fault is not None:
            raise self.fault
        return self.state


def test_figures_of_several_devices_are_added_and_averaged(monkeypatch):
    monkeypatch.setattr("sandboxes.sampling.GPU_INTERVAL_S", 0.01)
    driver = Driver()
    with StepSampler(None, GpuWatch(driver, ["GPU-a", "GPU-b"]), no_excess) as sampler:
        driver.state = replace(driver.state, used_mib=700.0)
        time.sleep(0.3)
        driver.state = replace(driver.state, used_mib=150.0)
        time.sleep(0.1)
    usage = sampler.settle(RESULT).usage
    assert (usage.gpu_peak_memory_mib, usage.gpu_utilisation) == (1400.0, pytest.approx(0.5))


def test_a_device_lost_before_the_start_is_a_fault():
    driver = Driver()
    driver.fault = GpuFault("GPU is lost")
    with pytest.raises(GpuFault):
        GpuWatch(driver, ["GPU-a"])


@pytest.mark.parametrize("outcome", [Outcome.EXIT, Outcome.SIGNAL, Outcome.WALL_TIME, Outcome.MEMORY])
def test_a_failure_with_a_lost_device_raises(outcome):
    driver = Driver()
    with StepSampler(None, GpuWatch(driver, ["GPU-a"]), no_excess) as sampler:
        driver.fault = GpuFault("GPU is lost")
    with pytest.raises(GpuFault, match="lost"):
        sampler.settle(replace(RESULT, outcome=outcome))
    assert sampler.settle(RESULT).outcome is Outcome.OK


def test_a_driver_that_does_not_answer_after_a_failure_is_a_fault(monkeypatch):
    monkeypatch.setattr("sandboxes.sampling.CONFIRM_S", 0.1)
    driver, released = Driver(), threading.Event()
    watch = GpuWatch(driver, ["GPU-a"])
    monkeypatch.setattr(driver, "look", lambda gpu_id: released.wait(30) and driver.state)
    with StepSampler(None, watch, no_excess) as sampler:
        pass
    with pytest.raises(GpuFault, match="does not answer"):
        sampler.settle(replace(RESULT, outcome=Outcome.EXIT))
    released.set()
