"""What a step uses over time: points for the time line, and what its GPUs were seen to do.

The kernel keeps totals and peaks by itself; a course over time needs looks. CPU time and memory are read from
files held open, some 40 µs a look. Looks come often at first, half as often each time the line is full,
so a line never has more than `MAX_SAMPLES` points and a long step is hardly looked at. GPUs are asked in a
thread of their own: a sick driver may take seconds to answer, and the step shall not wait for it.
"""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import TracebackType

from sandboxes.cgroups import Cgroup
from sandboxes.errors import GpuFault
from sandboxes.gpus.devices import GpuState, Inventory
from sandboxes.limits import MIB
from sandboxes.results import MAX_SAMPLES, Outcome, StepResult, UsageSample

FIRST_INTERVAL_S = 0.05
GPU_INTERVAL_S = 0.25
CONFIRM_S = 2.0
PAGE = 4096
# Outcomes that a lost GPU does not explain.
NO_FAULT = frozenset({Outcome.OK, Outcome.CANCELLED})


class KernelGauge:
    """CPU time and memory of a cgroup, read through descriptors held open.

    Args:
        cgroup: whose.

    Raises:
        OSError: it is gone or not readable.
    """

    def __init__(self, cgroup: Cgroup) -> None:
        self._is_v2 = cgroup.is_v2
        names = (
            ("memory.current", "memory.stat") if cgroup.is_v2 else ("memory.usage_in_bytes", "memory.stat")
        )
        paths = [cgroup.cpu / ("cpu.stat" if cgroup.is_v2 else "cpuacct.usage")]
        paths += [cgroup.memory / name for name in names]
        with contextlib.ExitStack() as opened:
            found = []
            for path in paths:
                found.append(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
                opened.callback(os.close, found[-1])
            self._cpu, self._memory, self._stat = found
            self._opened = opened.pop_all()

    def cpu_time_s(self) -> float:
        """Return user + system seconds since the group was made."""
        text = os.pread(self._cpu, PAGE, 0)
        return int(text.split()[1]) / 1e6 if self._is_v2 else int(text) / 1e9

    def memory_mib(self) -> float:
        """Return MiB in use now, without the cache of files (see `Measured.peak_bytes`)."""
        used = int(os.pread(self._memory, PAGE, 0))
        figures = dict(line.split(b" ", 1) for line in os.pread(self._stat, 2 * PAGE, 0).splitlines())
        cache, held = (b"file", b"shmem") if self._is_v2 else (b"total_cache", b"total_shmem")
        return max(0, used - max(0, int(figures[cache]) - int(figures.get(held, 0)))) / MIB

    def close(self) -> None:
        """Close the files."""
        self._opened.close()


@dataclass(frozen=True, slots=True)
class GpuReading:
    """One look at all GPUs of a step.

    Attributes:
        used_mib: memory in use on all of them.
        utilisation: 0 to 1, their mean.
    """

    used_mib: float
    utilisation: float


class GpuWatch:
    """Looks at the GPUs of one sandbox while its step runs.

    Args:
        inventory: of this host.
        gpus: ids of the devices; none of them in use by anybody else.
        memory_mib: what each may have in use on top of what it had when the sandbox was made; None for all.

    Raises:
        GpuFault: a device is gone.
    """

    def __init__(self, inventory: Inventory, gpus: Sequence[str], memory_mib: float | None = None) -> None:
        self._inventory = inventory
        self._gpus = tuple(gpus)
        self._memory_mib = memory_mib
        self._baseline = self._states()
        self._stop, self._over = threading.Event(), threading.Event()
        self._fault: GpuFault | None = None
        self._n_looks, self._utilisation_sum = 0, 0.0
        self.latest = GpuReading(sum(state.used_mib for state in self._baseline), 0.0)
        self.peak_mib = self.latest.used_mib

    def start(self, on_excess: Callable[[Outcome, str], None]) -> None:
        """Look every 250 ms from now on, in a thread.

        Args:
            on_excess: called with outcome and detail when a device has too much memory in use.
        """
        thread = threading.Thread(target=self._watch, args=(on_excess,), name="gpu-watch", daemon=True)
        thread.start()

    def stop(self) -> None:
        """End the thread; does not wait for it."""
        self._stop.set()

    def fault_at_end(self) -> GpuFault | None:
        """Return why the devices do not answer any more, after one more look; None if they do.

        Call after `stop`.
        """
        if not self._over.wait(CONFIRM_S):
            return GpuFault(f"the GPU driver does not answer within {CONFIRM_S} s")
        return self._fault

    def mean_utilisation(self) -> float:
        """Return the mean of what was seen so far, 0 to 1."""
        return self._utilisation_sum / self._n_looks if self._n_looks else 0.0

    def _states(self) -> list[GpuState]:
        return [self._inventory.look(gpu) for gpu in self._gpus]

    def _watch(self, on_excess: Callable[[Outcome, str], None]) -> None:
        while not self._stop.wait(GPU_INTERVAL_S):
            self._look(on_excess)
        self._look(on_excess)
        self._over.set()

    def _look(self, on_excess: Callable[[Outcome, str], None]) -> None:
        try:
            states = self._states()
        except GpuFault as fault:
            self._fault = fault
            return
        self._fault = None
        used_mib = sum(state.used_mib for state in states)
        self.latest = GpuReading(used_mib, sum(state.utilisation for state in states) / len(states))
        self.peak_mib = max(self.peak_mib, used_mib)
        if self._stop.is_set():  # the last look is for faults: the step is over and its work no longer runs
            return
        self._n_looks += 1
        self._utilisation_sum += self.latest.utilisation
        for gpu, before, now in zip(self._gpus, self._baseline, states, strict=True):
            taken_mib = now.used_mib - before.used_mib
            if self._memory_mib is not None and taken_mib > self._memory_mib:
                on_excess(
                    Outcome.MEMORY, f"{taken_mib:.0f} MiB in use on {gpu}, {self._memory_mib:.0f} allowed"
                )


class StepSampler:
    """Samples one step from `with` to its end.

    Args:
        cgroup: of the sandbox; None where the kernel's figures cannot be read, and the line stays empty.
        gpus: the watch of its GPUs, if it has any.
        on_excess: see `GpuWatch.start`.
    """

    def __init__(
        self, cgroup: Cgroup | None, gpus: GpuWatch | None, on_excess: Callable[[Outcome, str], None]
    ) -> None:
        self._gpus = gpus
        self._on_excess = on_excess
        self._gauge: KernelGauge | None = None
        self._cpu_before_s = 0.0
        self._began = time.monotonic()
        self._samples: list[UsageSample] = []
        self._interval_s = FIRST_INTERVAL_S
        self._done = threading.Event()
        self._lock = threading.Lock()
        if cgroup is not None:
            with contextlib.suppress(OSError, ValueError, LookupError):
                self._gauge = KernelGauge(cgroup)
                self._cpu_before_s = self._gauge.cpu_time_s()

    def __enter__(self) -> "StepSampler":
        if self._gauge is not None:
            threading.Thread(target=self._run, name="usage-sampler", daemon=True).start()
        if self._gpus is not None:
            self._gpus.start(self._on_excess)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        if self._gpus is not None:
            self._gpus.stop()
        with self._lock:
            if self._gauge is not None:
                self._take()
                self._gauge.close()
                self._gauge = None

    def settle(self, result: StepResult) -> StepResult:
        """Return a step's result with what was seen over time. Call after the `with` block.

        Raises:
            GpuFault: it failed and its GPU is gone, which no step is to be blamed for.
        """
        usage = result.usage
        if self._samples:
            highest_mib = max(sample.memory_mib for sample in self._samples)
            peak_mib = max(usage.peak_memory_mib, highest_mib)
            usage = replace(usage, peak_memory_mib=peak_mib, timeline=tuple(self._samples))
        if self._gpus is not None:
            usage = replace(
                usage,
                gpu_peak_memory_mib=self._gpus.peak_mib,
                gpu_utilisation=self._gpus.mean_utilisation(),
            )
            fault = None if result.outcome in NO_FAULT else self._gpus.fault_at_end()
            if fault is not None:
                raise fault
        return replace(result, usage=usage)

    def _run(self) -> None:
        while not self._done.wait(self._interval_s):
            with self._lock:
                if self._gauge is not None:
                    self._take()

    def _take(self) -> None:
        if self._gauge is None:
            return
        at_s = time.monotonic() - self._began
        try:
            cpu_time_s = self._gauge.cpu_time_s() - self._cpu_before_s
            memory_mib = self._gauge.memory_mib()
        except (OSError, ValueError, LookupError):  # the group went with its container
            return
        reading = self._gpus.latest if self._gpus is not None else None
        self._samples.append(
            UsageSample(
                at_s,
                max(0.0, cpu_time_s),
                memory_mib,
                None if reading is None else reading.used_mib,
                None if reading is None else reading.utilisation,
            )
        )
        if len(self._samples) >= MAX_SAMPLES:
            # Every second one goes, the newest stays, and the next ones come half as often.
            self._samples = self._samples[1::2]
            self._interval_s *= 2
