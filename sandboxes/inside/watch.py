"""Measures what the processes of a step use, from /proc, and says which limit they broke.

PID 1 sees every process of its PID namespace, so daemons that left their parent are counted too.
Where the host gives the sandbox a cgroup the kernel's figures win; these are then a second opinion.
"""

import os
import resource
import time
from dataclasses import dataclass, field
from pathlib import Path

from . import hardening, scratch
from .line import Line

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Sample:
    """One look at /proc."""

    cpu_time_s: float = 0.0
    memory_bytes: int = 0
    pids: list[int] = field(default_factory=list)


def children_cpu_s() -> float:
    """Return user + system seconds of everything this process has reaped."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Watch:
    """Adds up CPU time and memory over all processes but PID 1.

    Args:
        limits: the step's limits as sent by the host.
        does_limit_memory: False where a cgroup does it.
        uid: the participant's user; None where it shares the supervisor's.
    """

    def __init__(self, limits: dict[str, float], does_limit_memory: bool, uid: int | None) -> None:
        self.uid = uid
        self.cpu_limit_s = limits["cpu_time_s"]
        self.memory_limit = int(limits["memory_mib"] * 1024 * 1024)
        self.space_limits = scratch.space_limits(limits)
        self.does_limit_memory = does_limit_memory
        self.reaped_before_s = children_cpu_s()
        self.live_s: dict[tuple[int, bytes], float] = {}
        self.gone_s = 0.0
        self.cpu_time_s = 0.0
        self.peak_bytes = 0
        self.line = Line()
        self.began = time.monotonic()

    def look(self) -> tuple[str, str] | None:
        """Take a sample.

        Returns:
            Outcome and detail if a limit is broken, else None.
        """
        sample = self._sample()
        self.cpu_time_s = max(self.cpu_time_s, sample.cpu_time_s)
        tmpfs = {path: scratch.used_bytes(path) for path in scratch.SPACE}
        memory = sample.memory_bytes + sum(tmpfs.values())
        if memory > self.peak_bytes and len(sample.pids) > 1:
            # Forks share pages; adding up resident sizes would count those once per process.
            with hardening.looking_as(self.uid):
                memory = sum(_proportional_bytes(pid) for pid in sample.pids) + sum(tmpfs.values())
        self.peak_bytes = max(self.peak_bytes, memory)
        self.line.add(time.monotonic() - self.began, self.cpu_time_s, memory)
        if self.does_limit_memory and memory > self.memory_limit:
            return "memory", f"{memory} bytes in use"
        for path, limit in self.space_limits.items():
            if tmpfs[path] > limit:
                return "disk", f"{tmpfs[path]} bytes in {path}"
        return self._cpu_verdict()

    def finish(self) -> tuple[str, str] | None:
        """Add what the last processes used, once all are reaped; returns as `look` does."""
        self.cpu_time_s = max(self.cpu_time_s, children_cpu_s() - self.reaped_before_s)
        return self._cpu_verdict()

    def _cpu_verdict(self) -> tuple[str, str] | None:
        if self.cpu_time_s > self.cpu_limit_s:
            return "cpu_time", f"{self.cpu_time_s:.2f} s used"
        return None

    def _sample(self) -> Sample:
        sample = Sample(cpu_time_s=children_cpu_s() - self.reaped_before_s)
        live_s: dict[tuple[int, bytes], float] = {}
        for name in os.listdir("/proc"):  # noqa: PTH208 - runs a hundred times a second
            if not name.isdigit() or name == "1":
                continue
            try:
                with open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123 - as above
                    fields = file.read().rpartition(b")")[2].split()
            except OSError:  # it ended meanwhile
                continue
            own_s = (int(fields[11]) + int(fields[12])) * TICK_S
            waited_s = (int(fields[13]) + int(fields[14])) * TICK_S
            live_s[int(name), fields[19]] = own_s
            sample.cpu_time_s += own_s + waited_s
            sample.memory_bytes += int(fields[21]) * PAGE
            sample.pids.append(int(name))
        # A parent that ignores SIGCHLD makes the kernel forget its children's time; what was seen
        # of each process ever met is a floor that such a program cannot lower.
        self.gone_s += sum(used_s for key, used_s in self.live_s.items() if key not in live_s)
        self.live_s = live_s
        sample.cpu_time_s = max(sample.cpu_time_s, self.gone_s + sum(live_s.values()))
        return sample


def _proportional_bytes(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_bytes().splitlines():
            if line.startswith(b"Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:  # it made itself undumpable: then every page counts as its own
        pass
    try:
        return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * PAGE
    except (OSError, IndexError):  # it ended meanwhile
        return 0
