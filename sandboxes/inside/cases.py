"""A series of test cases in one sandbox: one fresh process after the other, nothing left in between.

The supervisor does not trust the cases. Each is forked into the participant's user and executed, so that
no memory of ours or of another case is in its address space; before its report goes out every process is
dead and reaped, the writable folders are empty and System V objects are removed. What cannot be undone so
ends the sandbox, and the host sees the series break rather than one case meet another's remains.

Python code between fork and exec costs the child a page fault for nearly all it touches, 1.5 ms in all.
So the hard limits that all cases share are set on ourselves once, and `subprocess` does the rest in C. A
case with resource limits of its own takes the longer way through `child.become`.
"""

import gc
import json
import os
import socket
import subprocess
from typing import Any

from . import child, hardening, scratch, wire
from .execution import Execution

# Limits that a process can set but not raise again.
SHARED = ("file_mib", "n_open_files", "n_processes")
# What we ourselves must be able to open.
MIN_OPEN_FILES = 48


class CaseExecution(Execution):
    """One test case; `Execution` plus cleaning up.

    Args:
        control: see `Execution`.
        step: see `Execution`.
        uid: see `Execution`.
        shared: limits that hold for this process already.
    """

    def __init__(
        self, control: socket.socket, step: dict[str, Any], uid: int | None, shared: dict[str, float]
    ) -> None:
        super().__init__(control, step, uid)
        self.is_limited = all(step["limits"][name] == value for name, value in shared.items())
        self.is_limited = self.is_limited and bool(shared)

    def spawn(self, stdin: int | None, stdout: int, stderr: int, status: int | None) -> int:
        """Start the case's process; see `Execution.spawn`."""
        if not self.is_limited:
            return super().spawn(stdin, stdout, stderr, status)
        source = os.open(child.STDIN if self.step["has_stdin"] else os.devnull, os.O_RDONLY)
        # Capabilities need no care: another user's exec has none that were not inheritable.
        try:
            process = subprocess.Popen(  # noqa: S603 - running the case's command is the purpose
                self.step["argv"], stdin=source, stdout=stdout, stderr=stderr, cwd=child.WORK,
                env=os.environ | child.environment(self.step), start_new_session=True,
                user=self.uid, group=self.uid, extra_groups=(),
            )  # fmt: skip
        except OSError:  # it says why by the longer way
            return super().spawn(stdin, stdout, stderr, status)
        finally:
            os.close(source)
        process.returncode = 0  # we wait for every process ourselves; it need not
        return process.pid

    def clear(self) -> None:
        """Leave nothing for the next case."""
        if not scratch.is_blank():
            with hardening.acting_as(self.uid):
                scratch.make_blank()
        with hardening.acting_as(self.uid):
            scratch.remove_ipc()


def _limit_ourselves(limits: dict[str, float], uid: int | None) -> dict[str, float]:
    """Set hard limits that our children inherit; return which, none if they would be too tight for us."""
    if uid is None or limits["n_open_files"] < MIN_OPEN_FILES:
        return {}
    child.limit({"limits": limits, "is_case": True}, 0)
    return {name: limits[name] for name in SHARED}


def serve_cases(control: socket.socket, step: dict[str, Any], uid: int | None) -> None:
    """Run cases as the host sends them, until it closes the connection.

    Args:
        control: connection to the host.
        step: the host's message about the series.
        uid: the participant's user; None where it shares ours.
    """
    # Collections would touch every page that a fork shares with us, and nothing here makes cycles.
    gc.disable()
    gc.freeze()
    shared = _limit_ourselves(step["limits"], uid)
    while True:
        kind, body = wire.receive_frame(control, wire.MAX_JSON)
        if kind == wire.CANCEL:
            continue  # meant for a case that ended by itself at that very moment
        message: dict[str, Any] = json.loads(body)
        CaseExecution(control, message, uid, shared).run()
