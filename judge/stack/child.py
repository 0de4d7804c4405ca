"""One supervised process: started so that it cannot outlive us, stopped so that nothing of it is left.

Each child leads a session of its own: Ctrl-C in the terminal reaches the supervisor alone, which then
stops the parts in order. Should the supervisor be killed outright, the kernel tells the child
(`PR_SET_PDEATHSIG`, Linux); nothing has to be swept up afterwards.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
_ROTATE_BYTES = 20 * 1024 * 1024
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """How to run one part.

    Attributes:
        name: short word for logs and the console.
        argv: program and arguments.
        environment: the whole environment of the child.
        log_path: file that receives its stdout and stderr.
        is_ready: asked again and again after the start until it says yes; must not block.
        stop_grace_s: seconds between the polite signal and the hard one.
        orphan_signal: what the kernel sends the child if the supervisor is killed.
    """

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str]
    log_path: Path
    is_ready: Callable[[], bool]
    stop_grace_s: float = 10.0
    orphan_signal: signal.Signals = signal.SIGTERM


class Child:
    """A running part. Made by `start`.

    Attributes:
        spec: how it was started.
        process: the leader of its group.
        started_s: monotonic clock at the start.
        log_offset: where in the log file this run begins.
    """

    def __init__(self, spec: ChildSpec, process: "subprocess.Popen[bytes]", log_offset: int) -> None:
        self.spec = spec
        self.process = process
        self.started_s = time.monotonic()
        self.log_offset = log_offset

    @property
    def pid(self) -> int:
        """Return the process id, which is also its group's."""
        return self.process.pid

    def has_ended(self) -> bool:
        """Whether the process ended. Its group is killed before the id can be given to anybody else."""
        if self.process.returncode is not None:
            return True
        seen = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if seen is None:
            return False
        self._kill_group()
        self.process.wait()
        return True

    def ask_to_stop(self) -> None:
        """Send the polite signal to the leader of the group."""
        if not self.has_ended():
            self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the whole group now and reap its leader."""
        if not self.has_ended():
            self._kill_group()
            self.process.wait()

    def stop(self) -> None:
        """Stop it: politely, and hard when its grace is over."""
        self.ask_to_stop()
        try:
            self.process.wait(self.spec.stop_grace_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def last_lines(self, n_lines: int = 15) -> list[str]:
        """Return the end of its log, for a message to the administrator."""
        with self.spec.log_path.open("rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - 16_384))
            return stream.read().decode("utf-8", "replace").splitlines()[-n_lines:]

    def _kill_group(self) -> None:
        """Kill what the leader left in its group."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return  # nobody left but the leader itself


def start(spec: ChildSpec) -> Child:
    """Start a part in a session of its own.

    Raises:
        OSError: the program cannot be run.
    """
    with _log_file(spec.log_path) as log:
        log_offset = log.tell()
        process = subprocess.Popen(  # noqa: S603 - our own programs, no shell
            list(spec.argv),
            env=dict(spec.environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=_tie_to(os.getpid(), spec.orphan_signal),  # noqa: PLW1509 - we have one thread
        )
    return Child(spec, process, log_offset)


def _log_file(path: Path) -> IO[bytes]:
    """Open the log for appending; one that grew large is put aside first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _ROTATE_BYTES:
        path.replace(path.with_suffix(".1.log"))
    return path.open("ab")


def _tie_to(parent_pid: int, orphan_signal: signal.Signals) -> Callable[[], None] | None:
    """Return what a child runs before `exec` so that it follows its parent into death."""
    if _LIBC is None:
        return None
    libc = _LIBC

    def tie() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(orphan_signal), 0, 0, 0)
        if os.getppid() != parent_pid:  # it died between fork and prctl
            os._exit(1)

    return tie
