"""PID 1 of every sandbox: warm before any work is given, serves one step, then the sandbox is gone.

The life of one: connect to the host's socket, lock itself down as the host says, import the
preloads, say `ready`, wait for the step, fork it into another user, watch it, kill everything that is
left, stream back what it declared. Being PID 1 of a PID namespace and of a user of its own it cannot be
killed, stopped, traced or looked into from inside (see `hardening`). If the host's end of the socket
closes, it exits at once and the kernel takes every process of the sandbox with it.
"""

import contextlib
import importlib
import os
import resource
import select
import signal
import socket
import sys
import time
from typing import Any, NoReturn

from . import child, collect, hardening, stdio, wire
from .watch import Watch

CONTROL = "/job/slot/ctl.sock"
CODE = "/job/code"
LOOK_EVERY_S = 0.01
READ_SIZE = 65536


class Execution:
    """One step, from fork to result.

    Args:
        control: connection to the host; its closing or a cancel frame ends the step.
        step: the host's message.
        uid: the participant's user; None where it shares ours.
    """

    def __init__(self, control: socket.socket, step: dict[str, Any], uid: int | None) -> None:
        self.control = control
        self.step = step
        self.uid = uid
        self.watch = Watch(step["limits"], step["does_watch_memory"], uid)
        self.broken: tuple[str, str] | None = None  # outcome and detail of the first limit broken
        self.exit_status: int | None = None  # as from waitpid
        self.ran_out_of_memory = False
        self.captured: dict[int, bytearray] = {}
        self.room = int(step["limits"]["stdout_kib"] * 1024)
        self.poller = select.poll()

    def run(self) -> None:
        """Run the step to its end and send the result."""
        started = time.monotonic()
        self._fork()
        self._supervise(started)
        wall_time_s = time.monotonic() - started
        self.watch.look()
        self._end_everything()
        self.broken = self.broken or self.watch.finish()
        for descriptor in (self.stdout, self.stderr):
            while self.room >= 0 and self._capture(descriptor):
                pass
        self._report(wall_time_s)

    def _fork(self) -> None:
        self.stdout, stdout = os.pipe()
        self.stderr, stderr = os.pipe()
        self.status, status = os.pipe()
        stdin = None
        if self.step["has_stdio_channel"]:
            os.close(stdout)  # nothing of it is captured
            stdin, stdout = stdio.hand_over()
        self.pid = os.fork()
        if self.pid == 0:
            for descriptor in (self.control.detach(), self.stdout, self.stderr, self.status):
                os.close(descriptor)
            child.become(self.step, stdin, stdout, stderr, status, self.uid)
        for descriptor in (stdout, stderr, status):
            os.close(descriptor)
        if stdin is not None:
            os.close(stdin)
        for descriptor in (self.stdout, self.stderr):
            os.set_blocking(descriptor, False)
            self.captured[descriptor] = bytearray()
            self.poller.register(descriptor, select.POLLIN)
        self.poller.register(self.control, select.POLLIN)
        self.pidfd = os.pidfd_open(self.pid)
        self.poller.register(self.pidfd, select.POLLIN)

    def _supervise(self, started: float) -> None:
        deadline = started + self.step["limits"]["wall_time_s"]
        next_look = started
        while self.broken is None and self.exit_status is None:
            now = time.monotonic()
            if now >= deadline:
                self.broken = ("wall_time", "deadline passed")
                break
            if now >= next_look:
                self.broken = self.watch.look()
                next_look = time.monotonic() + LOOK_EVERY_S
            wait_s = max(0.0, min(deadline, next_look) - time.monotonic())
            for descriptor, _ in self.poller.poll(wait_s * 1000):
                self._attend(descriptor)
            self._reap(os.WNOHANG)

    def _attend(self, descriptor: int) -> None:
        if descriptor == self.control.fileno():
            kind, _ = wire.receive_frame(self.control, wire.MAX_JSON)  # Closed ends the supervisor
            if kind == wire.CANCEL:
                self.broken = self.broken or ("cancelled", "cancelled by the host")
        elif descriptor in self.captured and not self._capture(descriptor):
            self.poller.unregister(descriptor)

    def _capture(self, descriptor: int) -> bool:
        """Read once from an output pipe; return whether more may come."""
        try:
            body = os.read(descriptor, READ_SIZE)
        except BlockingIOError:
            return False
        self.captured[descriptor] += body[: max(0, self.room)]
        self.room -= len(body)
        if self.room < 0:
            self.broken = self.broken or ("output_flood", "stdout and stderr above the cap")
        return bool(body)

    def _reap(self, flags: int) -> None:
        """Collect dead processes, adopted orphans included."""
        while True:
            try:
                pid, status, _ = os.wait4(-1, flags)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self.pid:
                self.exit_status = status

    def _end_everything(self) -> None:
        """Kill all processes of the namespace but this one, and wait until they are gone."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)
        self._reap(0)
        try:
            self.ran_out_of_memory = os.read(self.status, 1) == b"M"
        finally:
            os.close(self.status)

    def _report(self, wall_time_s: float) -> None:
        wanted = [(name, size, is_required) for name, size, is_required in self.step["outputs"]]
        with hardening.acting_as(self.uid):
            found = collect.collect(child.WORK, wanted)
        outcome, detail, code, number = self._outcome(found.refusal)
        peak = self.watch.peak_bytes
        if not self.step["argv"]:
            # After exec the kernel's maximum would still hold what the fork inherited from us.
            peak = max(peak, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
        message = {
            "outcome": outcome,
            "detail": detail,
            "exit_code": code,
            "signal": number,
            "stdout": len(self.captured[self.stdout]),
            "stderr": len(self.captured[self.stderr]),
            "outputs": [[name, size] for name, _, size in found.files],
            "wall_time_s": wall_time_s,
            "cpu_time_s": self.watch.cpu_time_s,
            "peak_memory_mib": peak / (1024 * 1024),
        }
        self.control.setblocking(True)
        wire.send_json(self.control, message)
        for descriptor in (self.stdout, self.stderr):
            wire.send_data(self.control, bytes(self.captured[descriptor]))
        for _, descriptor, size in found.files:
            collect.stream(self.control, descriptor, size)

    def _outcome(self, refusal: collect.Refused | None) -> tuple[str, str, int | None, int | None]:
        if self.broken is not None:
            return (*self.broken, None, None)
        status = self.exit_status if self.exit_status is not None else 0
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            if number == signal.SIGXFSZ:
                return "output_size", "a file grew beyond the file limit", None, number
            return "signal", f"signal {number}", None, number
        code = os.WEXITSTATUS(status)
        if self.ran_out_of_memory:
            outcome, detail = "memory", "MemoryError reached the top level"
        elif code != 0:
            outcome, detail = "exit", f"exit code {code}"
        elif refusal is not None:
            outcome, detail = refusal.outcome, refusal.detail
        else:
            outcome, detail = "ok", ""
        return outcome, detail, code, None


def serve(control: socket.socket) -> None:
    """Prepare, serve the one step, return."""
    try:
        setup = wire.receive_json(control)
        hardening.lock_down(setup)
        sys.path.insert(0, CODE)  # what is preloaded may be the caller's own code, as what is run later
        for module in setup["preload"]:
            importlib.import_module(module)
    except Exception as error:  # reported to the host, which raises SandboxStartFailed
        wire.send_json(control, {"fatal": f"{type(error).__name__}: {error}"[:2000]})
        return
    # Modules of ours stay loaded, but the step shall not find this folder on its path.
    sys.path[:] = [entry for entry in sys.path if entry != "/job/sup"]
    wire.send_json(control, {"ready": True})
    Execution(control, wire.receive_json(control), setup["participant_uid"]).run()
    wire.receive_frame(control, 0)  # the host closes once it has read everything


def main() -> NoReturn:
    """Connect to the host and serve it; any loss of the host ends the sandbox."""
    control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    control.connect(CONTROL)
    try:
        serve(control)
    except (wire.Closed, OSError):
        sys.exit(3)
    sys.exit(0)
