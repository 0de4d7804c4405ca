"""How much memory a waiting sandbox holds, and how much the host has left for more of them."""

import contextlib
import os
from pathlib import Path

from sandboxes.cgroups import Cgroup
from sandboxes.limits import MIB

PAGE = os.sysconf("SC_PAGE_SIZE")
# Page cache is not counted: the kernel gives it back, and the images' files are shared by all sandboxes.
_COUNTED = {True: ("anon", "shmem"), False: ("total_rss", "total_shmem")}


def footprint_mib(cgroup: Cgroup | None, first: int | None) -> float | None:
    """Return MiB that would be free without this sandbox.

    Args:
        cgroup: its groups, or None.
        first: pidfd of its first process, asked where there is no group.

    Returns:
        None where neither can be read (an engine elsewhere).
    """
    with contextlib.suppress(OSError, ValueError, IndexError, KeyError):
        if cgroup is not None:
            lines = (cgroup.memory / "memory.stat").read_text(encoding="ascii").splitlines()
            figures = dict(line.split(" ", 1) for line in lines)
            # Version 1 knows shmem only in newer kernels.
            return sum(int(figures.get(name, 0)) for name in _COUNTED[cgroup.is_v2]) / MIB
        if first is not None:
            said = Path(f"/proc/self/fdinfo/{first}").read_text(encoding="ascii")
            pid = int(said.partition("\nPid:")[2].split()[0])
            _, resident, shared = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[:3]
            return (int(resident) - int(shared)) * PAGE / MIB
    return None


def memory_figures() -> tuple[float, float]:
    """Return MiB of memory there is, and MiB that new work could have without swapping."""
    figures = {}
    for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
        name, _, rest = line.partition(":")
        figures[name] = int(rest.split()[0]) / 1024
    return figures["MemTotal"], figures["MemAvailable"]
