"""The Docker provider's hold on one container, and the options that confine it."""

import contextlib
import os
import signal
import threading
from collections.abc import Sequence
from typing import Any

import requests
from docker.errors import APIError, DockerException, NotFound
from docker.models.containers import Container
from docker.types import LogConfig, Ulimit

from sandboxes.base import Profile
from sandboxes.body import Body, Death
from sandboxes.capacity import N_OWN_FILES
from sandboxes.cgroups import Cgroup, of_process
from sandboxes.cores import CoreLease
from sandboxes.creators import Creator
from sandboxes.errors import SandboxStartFailed
from sandboxes.launch import BOOT, INSIDE, common_environment
from sandboxes.limits import MIB, Limits
from sandboxes.policy import docker_profile
from sandboxes.results import Outcome
from sandboxes.slots import Slot

LABEL_OWNER = "org.openmodels.judge.owner"
LABEL_CREATOR = "org.openmodels.judge.creator"
LABEL_SLOT = "org.openmodels.judge.slot"
N_INODES = 16_384
# With these the supervisor gives itself and the participant a user each, and kills the latter; it drops
# the bounding set first of all, so that nothing it starts can ever hold one (`inside/hardening.py`).
CAPABILITIES = ("SETUID", "SETGID", "KILL", "SETPCAP")
# The supervisor and the helper threads of preloaded libraries, on top of the step's own.
N_SUPERVISOR_TASKS = 32


def container_name(slot: Slot) -> str:
    """Return the name that a slot's container has, also one that the engine made without telling us."""
    return f"judge-{slot.id}"


def options(slot: Slot, profile: Profile, creator: Creator, cores: Sequence[int]) -> dict[str, Any]:
    """Write everything the engine must know to confine one supervisor.

    Args:
        slot: its folders are mounted.
        profile: gives limits and code folders.
        creator: goes on the labels, for sweeping.
        cores: the only ones it may run on.
    """
    limits = profile.limits
    memory = limits.memory_mib * MIB
    n_files = limits.n_open_files + N_OWN_FILES
    mounts = [(INSIDE, "/job/sup/inside"), (slot.socket_dir, "/job/slot"), (slot.input_dir, "/job/in")]
    mounts += [(path.absolute(), f"/job/code/{name}") for name, path in profile.code]
    return {
        "command": ["python3", "-s", "-P", BOOT],
        "entrypoint": [],
        "name": container_name(slot),
        "hostname": "sandbox",
        "user": "0:0",
        "working_dir": "/",
        "environment": common_environment(limits.n_cpus),
        "labels": {
            LABEL_OWNER: creator.owner,
            LABEL_CREATOR: creator.to_json(),
            LABEL_SLOT: slot.path.name,
        },
        "volumes": {str(source): {"bind": target, "mode": "ro"} for source, target in mounts},
        "tmpfs": {
            "/tmp": _tmpfs(limits.scratch_mib),  # noqa: S108 - a path in the container
            "/dev/shm": _tmpfs(limits.shm_mib),  # noqa: S108
            "/job/out": _tmpfs(limits.output_mib),
            "/dev/mqueue": "ro,size=4k,nr_inodes=2",  # in place of a message queue folder of its own
        },
        "network_mode": "none",
        "cap_drop": ["ALL"],
        "cap_add": list(CAPABILITIES),
        "security_opt": ["no-new-privileges", f"seccomp={docker_profile()}"],
        "read_only": True,
        "mem_limit": memory,
        "memswap_limit": memory,
        "pids_limit": limits.n_processes + N_SUPERVISOR_TASKS,
        "nano_cpus": int(limits.n_cpus * 1e9),
        "cpuset_cpus": ",".join(map(str, cores)),
        "ipc_mode": "none",
        "ulimits": [
            Ulimit(name="core", soft=0, hard=0),
            Ulimit(name="fsize", soft=limits.file_mib * MIB, hard=limits.file_mib * MIB),
            Ulimit(name="nofile", soft=n_files, hard=n_files),
        ],
        "log_config": LogConfig(type=LogConfig.types.NONE),
        # When the host itself runs out of memory, sandboxes go before the engine and the judge.
        "oom_score_adj": 500,
        # Our supervisor is PID 1 and reaps whatever is orphaned; a second init would only stand between.
        "init": False,
        # Nothing in it has anything to say at the end: an engine that stops shall not wait for it.
        "stop_signal": "SIGKILL",
    }


def _tmpfs(size_mib: int) -> str:
    return f"size={size_mib}m,nr_inodes={N_INODES},mode=1777,nosuid,nodev,exec"


class DockerBody(Body):
    """A started container.

    Args:
        container: as the engine's client sees it.
        limits: the ceilings it was made with.
        lease: its cores; None leaves it where the engine put it.
    """

    def __init__(self, container: Container, limits: Limits, lease: CoreLease | None = None) -> None:
        self.container = container
        self._applied = (limits.memory_mib, limits.n_cpus)
        self._lease = lease
        self._lock = threading.Lock()
        self._is_let_go = False
        self._first: int | None = None
        self.cgroup: Cgroup | None = None
        container.reload()
        pid = int(container.attrs["State"]["Pid"])
        if pid == 0:
            raise SandboxStartFailed(f"the container ended at once: {self.start_log()}")
        # An engine elsewhere, or a worker in a container, gives pids that mean nothing here; then
        # the engine is asked to kill and the supervisor measures.
        self.cgroup = of_process(pid) if self._is_ours(pid) else None
        if self.cgroup is not None:
            with contextlib.suppress(OSError):
                self._first = os.pidfd_open(pid)

    def _is_ours(self, pid: int) -> bool:
        try:
            with open(f"/proc/{pid}/cgroup", encoding="ascii") as file:  # noqa: PTH123 - a kernel file
                return str(self.container.id) in file.read()
        except OSError:
            return False

    def is_running(self) -> bool:
        """See `Body.is_running`."""
        try:
            self.container.reload()
        except (DockerException, requests.RequestException):
            return False
        return str(self.container.status) == "running"

    def rest(self) -> None:
        """See `Body.rest`."""
        if self._lease is not None:
            self._lease.end()

    def kill(self) -> None:
        """Kill PID 1, directly where we may (1 ms), else through the engine (60 ms)."""
        self.rest()
        with self._lock:
            if self._is_let_go:
                return
            if self._first is not None:
                try:
                    signal.pidfd_send_signal(self._first, signal.SIGKILL)
                except ProcessLookupError:
                    return
                except PermissionError:  # another user's process, which the engine may kill
                    pass
                else:
                    return
        with contextlib.suppress(DockerException, requests.RequestException):
            self.container.kill()

    def apply(self, limits: Limits) -> bool:
        """See `Body.apply`."""
        self._pin(limits.n_cpus)
        wanted = (limits.memory_mib, limits.n_cpus)
        if wanted == self._applied:
            return True
        self._applied = wanted
        cgroup = self.cgroup
        if cgroup is not None and cgroup.set_cpus(limits.n_cpus) and cgroup.set_memory(limits.memory_mib):
            return True
        memory = limits.memory_mib * MIB
        try:
            self.container.update(
                mem_limit=memory, memswap_limit=memory, cpu_period=100_000, cpu_quota=int(limits.n_cpus * 1e5)
            )
        except (DockerException, requests.RequestException):
            return False  # the supervisor then watches memory; the profile's ceiling still holds
        return True

    def _pin(self, n_cpus: float) -> None:
        """Go where the least runs by now. Without access to the group it stays where it was put at first."""
        if self._lease is not None and self.cgroup is not None:
            pinned = self._lease.cores
            if (cores := self._lease.begin(n_cpus)) != pinned:
                self.cgroup.set_cores(cores)

    def post_mortem(self) -> Death:
        """See `Body.post_mortem`."""
        try:
            code = int(self.container.wait(timeout=10)["StatusCode"])
            self.container.reload()
        except NotFound:
            return Death(None, "the container was removed by someone else")
        except (DockerException, requests.RequestException) as error:
            return Death(None, f"the engine does not say what happened: {error}")
        if self.container.attrs["State"].get("OOMKilled"):
            return Death(Outcome.MEMORY, "the kernel killed the supervisor for want of memory")
        # Nothing inside a PID namespace can kill its PID 1: that was the host or the engine.
        if code in (128 + signal.SIGKILL, 128 + signal.SIGTERM):
            return Death(None, f"killed from outside (status {code})")
        return Death(Outcome.SECURITY, f"the supervisor ended with status {code}")

    def start_log(self) -> str:
        """See `Body.start_log`. There is no log driver, so only the engine's own words."""
        with contextlib.suppress(DockerException, requests.RequestException):
            self.container.reload()
        state = self.container.attrs.get("State", {})
        return f"status {state.get('Status')}, exit code {state.get('ExitCode')}, {state.get('Error')}"

    def bury(self) -> None:
        """Remove the container and every volume made for it. Idempotent."""
        self.kill()
        with self._lock:
            self._is_let_go = True
            if self._first is not None:
                os.close(self._first)
                self._first = None
        for is_last in (False, True):
            try:
                self.container.remove(force=True, v=True)
            except NotFound:
                return
            except APIError:
                # It ended at the very moment it was to be killed: then it can be removed as one that is over.
                if is_last:
                    raise
            else:
                return
