"""The local provider's hold on one sandbox: bubblewrap's process and PID 1 behind it."""

import contextlib
import json
import os
import select
import signal
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

from sandboxes.body import Body, Death
from sandboxes.cgroups import Cgroup
from sandboxes.cores import CoreLease
from sandboxes.creators import process_start
from sandboxes.limits import Limits
from sandboxes.results import Outcome

INFO_TIMEOUT_S = 20.0
REAP_TIMEOUT_S = 10.0
KILLED = frozenset({-signal.SIGKILL, -signal.SIGTERM, 128 + signal.SIGKILL, 128 + signal.SIGTERM})
# Enters control groups before bubblewrap exists: sh GROUP... -- COMMAND...
ENTER_GROUPS = 'while [ "$1" != -- ]; do echo $$ > "$1" || exit 97; shift; done; shift; exec "$@"'


class LocalBody(Body):
    """Bubblewrap's outer process, the first process inside, and perhaps control groups.

    Args:
        command: bubblewrap's command line.
        log: file for what it prints; its folder also gets the `pid` file that sweeping reads.
        cgroup: groups already made, or None.
        entries: files to write the pid to in order to enter them.
        lease: its cores.
    """

    def __init__(
        self, command: list[str], log: Path, cgroup: Cgroup | None, entries: list[Path], lease: CoreLease
    ) -> None:
        self.cgroup = cgroup
        self._lease = lease
        self._log = log
        self._lock = threading.Lock()
        self._first: int | None = None  # pidfd of PID 1
        self._pid: int | None = None
        reading, writing = os.pipe()
        try:
            command = [command[0], "--info-fd", str(writing), *command[1:]]
            if entries:
                command = ["/bin/sh", "-c", ENTER_GROUPS, "sh", *map(str, entries), "--", *command]
            with log.open("wb") as output:
                self._process = subprocess.Popen(  # noqa: S603 - our own command line
                    command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                    pass_fds=(writing,), env={}, start_new_session=True,
                )  # fmt: skip
        finally:
            os.close(writing)
        with os.fdopen(reading, "rb") as information:
            self._meet(information.fileno())
        self._pin(lease.cores)

    def _meet(self, information: int) -> None:
        """Get hold of PID 1, which outlives bubblewrap's own process if that is killed."""
        text = b""
        while select.select([information], [], [], INFO_TIMEOUT_S)[0]:
            part = os.read(information, 4096)
            text += part
            if not part or b"}" in text:
                break
        with contextlib.suppress(ValueError, KeyError, OSError):
            pid = int(json.loads(text)["child-pid"])
            self._first, self._pid = os.pidfd_open(pid), pid
            (self._log.parent / "pid").write_text(f"{pid} {process_start(pid)}", encoding="ascii")

    def is_running(self) -> bool:
        """See `Body.is_running`."""
        return self._process.poll() is None

    def rest(self) -> None:
        """See `Body.rest`."""
        self._lease.end()

    def kill(self) -> None:
        """Kill PID 1; the kernel kills the rest of its namespace and bubblewrap ends with it."""
        self.rest()
        with self._lock:
            if self._first is not None:
                with contextlib.suppress(OSError):
                    signal.pidfd_send_signal(self._first, signal.SIGKILL)
            elif self._process.poll() is None:
                self._process.kill()

    def apply(self, limits: Limits) -> bool:
        """See `Body.apply`."""
        pinned = self._lease.cores
        if (cores := self._lease.begin(limits.n_cpus)) != pinned:
            self._pin(cores)
        if self.cgroup is None:
            return False
        self.cgroup.set_cpus(limits.n_cpus)
        return self.cgroup.set_memory(limits.memory_mib)

    def _pin(self, cores: Sequence[int]) -> None:
        """Keep it to some cores: by its group, else by its first process, which those after it follow."""
        if (self.cgroup is None or not self.cgroup.set_cores(cores)) and self._pid is not None:
            with contextlib.suppress(OSError):  # it ended, or somebody forbids it: then it runs anywhere
                os.sched_setaffinity(self._pid, cores)

    def post_mortem(self) -> Death:
        """See `Body.post_mortem`."""
        try:
            code = self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            return Death(Outcome.SECURITY, "the supervisor closed its connection but lives")
        # Nothing inside a PID namespace can kill its PID 1: that was the host.
        if code in KILLED:
            return Death(None, f"killed from outside (status {code})")
        return Death(Outcome.SECURITY, f"the supervisor ended with status {code}: {self.start_log()}")

    def start_log(self) -> str:
        """See `Body.start_log`."""
        try:
            return self._log.read_text(encoding="utf-8", errors="replace")[-1000:].strip()
        except OSError:
            return ""

    def bury(self) -> None:
        """Kill and reap.

        Raises:
            subprocess.TimeoutExpired: the kernel does not let it die (a device that hangs); call again later.
        """
        self.kill()
        self._process.wait(timeout=REAP_TIMEOUT_S)
        with self._lock:
            if self._first is not None:
                os.close(self._first)
                self._first = None
