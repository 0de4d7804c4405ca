"""Reads and makes control groups, version 1 and 2: the kernel's own figures, seen from outside.

Docker makes the groups of its containers and we only read them. The local provider makes its own when
it may (root). Where neither is possible the supervisor inside measures, and says so.
"""

import contextlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandboxes.limits import MIB, Limits

ROOT = Path("/sys/fs/cgroup")
CONTROLLERS = ("memory", "pids", "cpu", "cpuacct")
PERIOD_US = 100_000
# An empty group may be one that its sandbox is just about to enter.
EMPTY_FOR_S = 60.0
# The kernel says "no limit" with a number beyond any machine.
UNLIMITED_MIB = 2**40


def is_unified() -> bool:
    """Whether this host has version 2 alone."""
    return (ROOT / "cgroup.controllers").exists()


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _field(path: Path, name: str) -> int | None:
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.split()[0] == name), None)


@dataclass(frozen=True, slots=True)
class Cgroup:
    """The groups of one sandbox.

    Attributes:
        memory: folder of its memory controller.
        cpu: folder that counts its CPU time.
        quota: folder that limits its CPU share, or None if it is not ours to write.
        is_v2: whether these are version 2.
        cores: folder that says which cores it may run on, or None if there is none.
    """

    memory: Path
    cpu: Path
    quota: Path | None
    is_v2: bool
    cores: Path | None = None

    def cpu_time_s(self) -> float | None:
        """Return user + system seconds so far; None once the group is gone."""
        if self.is_v2:
            used_us = _field(self.cpu / "cpu.stat", "usage_usec")
            return None if used_us is None else used_us / 1e6
        used_ns = _number(self.cpu / "cpuacct.usage")
        return None if used_ns is None else used_ns / 1e9

    def peak_bytes(self) -> int | None:
        """Return the highest memory use; None if the kernel does not say."""
        return _number(self.memory / ("memory.peak" if self.is_v2 else "memory.max_usage_in_bytes"))

    def file_cache_bytes(self) -> int:
        """Return how much is cache of files on disk, which the kernel counts but gives up when asked."""
        names = ("file", "shmem") if self.is_v2 else ("total_cache", "total_shmem")
        cache, held = (_field(self.memory / "memory.stat", name) or 0 for name in names)
        return max(0, cache - held)

    def held_bytes(self) -> int | None:
        """Return what is in use now less `file_cache_bytes`; None once the group is gone."""
        used = _number(self.memory / ("memory.current" if self.is_v2 else "memory.usage_in_bytes"))
        return None if used is None else max(0, used - self.file_cache_bytes())

    def oom_kills(self) -> int:
        """Return how many processes the kernel killed here for want of memory."""
        file = self.memory / ("memory.events" if self.is_v2 else "memory.oom_control")
        return _field(file, "oom_kill") or 0

    def reset_peak(self) -> None:
        """Start measuring the peak anew, where we may write and the kernel can."""
        with contextlib.suppress(OSError):
            if not self.is_v2:
                (self.memory / "memory.max_usage_in_bytes").write_text("0")

    def set_memory(self, limit_mib: int) -> bool:
        """Set the limit without swap; return whether that was allowed."""
        limit = str(limit_mib * MIB)
        names = ("memory.max",) if self.is_v2 else ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes")
        try:
            # memsw may never be below the plain limit: on the way up it goes first, on the way down last.
            if (_number(self.memory / names[0]) or 0) < limit_mib * MIB:
                names = names[::-1]
            for name in names:
                if (self.memory / name).exists():
                    (self.memory / name).write_text(limit)
            if self.is_v2:
                (self.memory / "memory.swap.max").write_text("0")
        except OSError:
            return False
        return True

    def set_light(self, is_light: bool) -> None:
        """Weigh little or as usual among those that want the same core, where we may say so."""
        if self.quota is not None:
            name, light, usual = ("cpu.weight", 6, 100) if self.is_v2 else ("cpu.shares", 64, 1024)
            with contextlib.suppress(OSError):
                (self.quota / name).write_text(str(light if is_light else usual))

    def set_cpus(self, n_cpus: float) -> bool:
        """Set how many cores may be used at one time; return whether that was allowed."""
        if self.quota is None:
            return False
        quota_us = int(n_cpus * PERIOD_US)
        try:
            if self.is_v2:
                (self.quota / "cpu.max").write_text(f"{quota_us} {PERIOD_US}")
            else:
                (self.quota / "cpu.cfs_quota_us").write_text(str(quota_us))
        except OSError:
            return False
        return True

    def set_cores(self, cores: Sequence[int]) -> bool:
        """Set which cores may be used; return whether that was allowed."""
        if self.cores is None:
            return False
        try:
            (self.cores / "cpuset.cpus").write_text(",".join(map(str, cores)))
        except OSError:
            return False
        return True


def of_process(pid: int) -> Cgroup | None:
    """Find the groups of a running process by asking the kernel.

    Args:
        pid: as seen by this process.

    Returns:
        None if it cannot be seen from here (a remote engine, another PID namespace).
    """
    try:
        lines = Path(f"/proc/{pid}/cgroup").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    paths: dict[str, Path] = {}
    for line in lines:
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            paths[controller] = ROOT / controllers / path.lstrip("/")
            if not controller:
                paths["unified"] = ROOT / path.lstrip("/")
    if is_unified():
        folder = paths.get("unified", ROOT)
        found = Cgroup(folder, folder, folder, is_v2=True, cores=folder)
    elif "memory" in paths and "cpuacct" in paths:
        found = Cgroup(
            paths["memory"], paths["cpuacct"], paths.get("cpu"), is_v2=False, cores=paths.get("cpuset")
        )
    else:
        return None
    return found if found.cpu_time_s() is not None else None


def memory_limit_mib() -> int | None:
    """Return how much memory this process may have with all its kin; None if nobody limits it."""
    own = of_process(os.getpid())
    if own is None:
        return None
    limit = _number(own.memory / ("memory.max" if own.is_v2 else "memory.limit_in_bytes"))
    return limit // MIB if limit is not None and limit // MIB < UNLIMITED_MIB else None


class CgroupTree:
    """Makes one group per sandbox below `<controller>/openmodels-judge`.

    Args:
        name: folder name of this installation's groups.
    """

    def __init__(self, name: str = "openmodels-judge") -> None:
        self.is_v2 = is_unified()
        self.parents = self._parents(name)
        self._empty_since: dict[Path, float] = {}

    def _parents(self, name: str) -> dict[str, Path]:
        if self.is_v2:
            return {"": ROOT / name}
        controllers = [*CONTROLLERS, "cpuset"] if (ROOT / "cpuset" / "cpuset.cpus").exists() else CONTROLLERS
        return {controller: ROOT / controller / name for controller in controllers}

    def is_usable(self) -> bool:
        """Whether groups can really be made and limited here (tries it)."""
        try:
            if self.is_v2:
                for folder in (ROOT, *self.parents.values()):
                    folder.mkdir(exist_ok=True)
                    (folder / "cgroup.subtree_control").write_text("+memory +pids +cpu")
                    with contextlib.suppress(OSError):  # pinning is a comfort, the others are walls
                        (folder / "cgroup.subtree_control").write_text("+cpuset")
            group = self.make(f"probe-{os.getpid()}", Limits())
        except OSError:
            return False
        is_counted = group.peak_bytes() is not None and group.cpu_time_s() is not None
        self.remove(f"probe-{os.getpid()}")
        return is_counted

    def make(self, name: str, limits: Limits) -> Cgroup:
        """Make and limit the groups of one sandbox.

        Args:
            name: unique folder name.
            limits: its ceilings.

        Raises:
            OSError: the host does not allow it.
        """
        folders = {controller: parent / name for controller, parent in self.parents.items()}
        for folder in folders.values():
            folder.mkdir(parents=True, exist_ok=True)
        if "cpuset" in folders:
            _inherit_cores(folders["cpuset"])
        memory = folders.get("memory", folders.get("", ROOT))
        cpu = folders.get("cpuacct", memory)
        cores = memory if self.is_v2 else folders.get("cpuset")
        group = Cgroup(memory, cpu, folders.get("cpu", memory), self.is_v2, cores)
        # The supervisor and bubblewrap's own process come on top of the step's.
        (folders.get("pids", memory) / "pids.max").write_text(str(limits.n_processes + 32))
        if not group.set_memory(limits.memory_mib) or not group.set_cpus(limits.n_cpus):
            self.remove(name)
            raise PermissionError("control groups cannot be written")
        return group

    def entry_files(self, name: str) -> list[Path]:
        """List the files a process writes its pid to in order to enter the groups."""
        return [parent / name / "cgroup.procs" for parent in self.parents.values()]

    def remove(self, name: str) -> None:
        """Remove the groups of one sandbox; waits shortly for its last process to be gone. Idempotent.

        Raises:
            OSError: there still is one.
        """
        for parent in self.parents.values():
            for n_tried in range(200):
                try:
                    (parent / name).rmdir()
                    break
                except FileNotFoundError:
                    break
                except OSError:  # busy: a killed process still being torn down
                    if n_tried == 199:
                        raise
                    time.sleep(0.01)

    def sweep(self, prefix: str, empty_for_s: float = EMPTY_FOR_S) -> int:
        """Remove groups that nobody is in and nobody is about to enter; return of how many sandboxes.

        Args:
            prefix: what the groups of sandboxes are called.
            empty_for_s: how long one must have been seen empty; the kernel keeps no such times.
        """
        now, empty, swept = time.monotonic(), dict[Path, float](), set()
        for folder in (folder for parent in self.parents.values() for folder in parent.glob(f"{prefix}*")):
            with contextlib.suppress(OSError):  # it went by itself
                if not (folder / "cgroup.procs").read_text(encoding="ascii"):
                    empty[folder] = self._empty_since.get(folder, now)
                    if now - empty[folder] >= empty_for_s:
                        folder.rmdir()
                        swept.add(folder.name)
        self._empty_since = empty
        return len(swept)


def _inherit_cores(folder: Path) -> None:
    """Fill in what a version 1 group must say before a process may enter it: its parent's cores, memory."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        for place in (folder.parent, folder):
            if not (place / name).read_text(encoding="ascii").strip():
                (place / name).write_text((place.parent / name).read_text(encoding="ascii"))
