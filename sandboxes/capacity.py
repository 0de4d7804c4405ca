"""What a host can give at most, so that a profile it can never meet is refused before anything is made.

Limits above it are not nonsense: another host may have more. What is asked and what there is are both said,
since whoever reads the message must buy a machine or change a problem.
"""

import contextlib
import os
import resource
from dataclasses import dataclass
from pathlib import Path

from sandboxes.cgroups import memory_limit_mib
from sandboxes.errors import LimitsUnmet
from sandboxes.limits import MAX_COUNT, MIB, Limits

# The supervisor's interpreter and its buffers; with less it dies before it can say so.
MIN_MEMORY_MIB = 24
# The supervisor has files of its own, opens every output, and threads of preloaded libraries count as tasks.
N_OWN_FILES = 128
N_OWN_TASKS = 32
# Their tmpfs lives in memory.
IN_MEMORY = ("output_mib", "scratch_mib", "shm_mib")


@dataclass(frozen=True, slots=True)
class Capacity:
    """The most that one sandbox could have here.

    Attributes:
        memory_mib: the host's memory, or less if the judge itself is confined.
        cores: numbers of the cores that sandboxes may use.
        n_tasks: processes and threads that the kernel can number.
        n_files: the highest number of open files the kernel lets a process have.
    """

    memory_mib: int
    cores: tuple[int, ...]
    n_tasks: int
    n_files: int

    def check(self, limits: Limits) -> None:
        """Refuse ceilings that cannot be met here.

        Raises:
            LimitsUnmet: says what was asked and what there is.
        """
        found = {name: (getattr(limits, name), self.memory_mib, "MiB of memory") for name in IN_MEMORY}
        found |= {
            "memory_mib": (limits.memory_mib, self.memory_mib, "MiB of memory"),
            "n_cpus": (limits.n_cpus, len(self.cores), "cores"),
            "n_processes": (limits.n_processes + N_OWN_TASKS, self.n_tasks, "tasks with our own"),
            "n_open_files": (limits.n_open_files + N_OWN_FILES, self.n_files, "open files with our own"),
            "stdout_kib": (limits.stdout_kib // 1024, self.memory_mib, "MiB of memory"),
        }
        unmet = [
            f"limit {name} asks for {wanted:g} {unit}, this host has {there}"
            for name, (wanted, there, unit) in found.items()
            if wanted > there
        ]
        if limits.memory_mib < MIN_MEMORY_MIB:
            unmet.append(
                f"limit memory_mib={limits.memory_mib} is below a sandbox's own {MIN_MEMORY_MIB} MiB"
            )
        if unmet:
            raise LimitsUnmet("; ".join(unmet))


def of_this_host(*, is_raised_by_root: bool) -> Capacity:
    """Look what this process could give away.

    Args:
        is_raised_by_root: whether limits are set by somebody with root; else our own are the most there is.
    """
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // MIB
    confined_mib = memory_limit_mib()
    return Capacity(
        memory_mib=pages if confined_mib is None else min(pages, confined_mib),
        cores=tuple(sorted(os.sched_getaffinity(0))),
        n_tasks=_kernel_number("kernel/pid_max", 32_768),
        n_files=_kernel_number("fs/nr_open", 1_048_576) if is_raised_by_root else _own_files(),
    )


def _kernel_number(name: str, usual: int) -> int:
    with contextlib.suppress(OSError, ValueError):
        return int((Path("/proc/sys") / name).read_text(encoding="ascii"))
    return usual


def _own_files() -> int:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return hard + N_OWN_FILES if hard != resource.RLIM_INFINITY else MAX_COUNT
