"""One piece of work inside the sandbox, from its fork to its report: a step, or one case of a series."""

import contextlib
import errno
import os
import resource
import select
import signal
import socket
import time
from typing import Any

from . import child, collect, hardening, scratch, stdio, wire
from .watch import Watch

LOOK_EVERY_S = 0.01
# Where the kernel counts and limits outside, our own look is a second opinion and costs the step time.
LOOK_SELDOM_S = 0.05
# Where the kernel (gVisor's) does not tell of a death by a descriptor it is asked this often.
ASK_EVERY_S = 0.01
READ_SIZE = 65536


class Execution:
    """One process and whatever it starts, from fork to report.

    Args:
        control: connection to the host; its closing or a cancel frame ends the work.
        step: the host's message about a step or a case.
        uid: the participant's user; None where it shares ours.
    """

    def __init__(self, control: socket.socket, step: dict[str, Any], uid: int | None) -> None:
        self.control = control
        self.step = step
        self.uid = uid
        self.watch = Watch(step["limits"], step["does_watch_memory"], uid)
        self.is_measured_outside: bool = step["is_measured_outside"]
        self.broken: tuple[str, str] | None = None  # outcome and detail of the first limit broken
        self.exit_status: int | None = None  # as from waitpid
        self.full: str | None = None  # which of its folders was full when it failed
        self.peak_bytes = 0  # as the kernel says for its first process alone
        self.status: int | None = None
        self.captured: dict[int, bytearray] = {}
        self.room = int(step["limits"]["stdout_kib"] * 1024)
        self.poller = select.poll()

    def run(self) -> None:
        """Run to the end, clean up and send the report."""
        self._fork()
        started = time.monotonic()
        self._supervise(started)
        wall_time_s = time.monotonic() - started
        if not self.is_measured_outside:
            self.watch.look()
        self._end_everything()
        self.broken = self.broken or self.watch.finish()
        self._read_rest()
        if self.uid is None:
            scratch.open_roots()
        with hardening.acting_as(self.uid):
            self._look_at_disk()
            wanted = [tuple(output) for output in self.step["outputs"]]
            most = int(self.step["limits"]["output_mib"] * 1024 * 1024)
            found = collect.collect(child.WORK, wanted, most)
        self.clear()
        self._report(wall_time_s, found)

    def clear(self) -> None:
        """Make room for what comes next; nothing comes after a step."""

    def _fork(self) -> None:
        self.stdout, stdout = os.pipe()
        self.stderr, stderr = os.pipe()
        stdin = status = None
        if not self.step["argv"]:  # a program that replaces our own has nothing to say on it
            self.status, status = os.pipe()
        if self.step["has_stdio_channel"]:
            os.close(stdout)  # nothing of it is captured
            stdin, stdout = stdio.hand_over()
        self.own_peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with hardening.first_victim():
            self.pid = self.spawn(stdin, stdout, stderr, status)
        _close(stdin, stdout, stderr, status)
        self.pidfd = _pidfd(self.pid)
        for descriptor in (self.stdout, self.stderr):
            os.set_blocking(descriptor, False)
            self.captured[descriptor] = bytearray()
        watched = [self.stdout, self.stderr, self.control.fileno()]
        watched += [] if self.pidfd is None else [self.pidfd]
        for descriptor in watched:
            self.poller.register(descriptor, select.POLLIN)

    def spawn(self, stdin: int | None, stdout: int, stderr: int, status: int | None) -> int:
        """Start the first process and return its pid; arguments as of `child.become`."""
        pid = os.fork()
        if pid == 0:
            _close(self.control.detach(), self.stdout, self.stderr, self.status)
            child.become(self.step, stdin, stdout, stderr, status, self.uid)
        return pid

    def _supervise(self, started: float) -> None:
        deadline = started + self.step["limits"]["wall_time_s"]
        every_s = LOOK_SELDOM_S if self.is_measured_outside else LOOK_EVERY_S
        next_look = started + every_s
        while self.broken is None and self.exit_status is None:
            now = time.monotonic()
            if now >= deadline:
                self.broken = ("wall_time", "deadline passed")
                break
            if now >= next_look:
                self.broken = self.watch.look()
                next_look = time.monotonic() + every_s
            wait_s = max(0.0, min(deadline, next_look) - time.monotonic())
            if self.pidfd is None:
                wait_s = min(wait_s, ASK_EVERY_S)
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
        kept = body[: max(0, self.room)]
        self.captured[descriptor] += kept
        if kept and self.step["has_live_output"]:
            self.control.sendall(wire.HEADER.pack(wire.LIVE, len(kept)) + kept)
        self.room -= len(body)
        if self.room < 0:
            self.broken = self.broken or ("output_flood", "stdout and stderr above the cap")
        return bool(body)

    def _reap(self, flags: int) -> None:
        """Collect dead processes, adopted orphans included."""
        while True:
            try:
                pid, status, used = os.wait4(-1, flags)
            except ChildProcessError:
                return
            if pid == 0:
                return
            # After exec the kernel's maximum still holds what the fork inherited from us: it tells
            # something only where it is above that.
            if not self.step["argv"] or used.ru_maxrss > self.own_peak_kib + 1024:
                self.peak_bytes = max(self.peak_bytes, used.ru_maxrss * 1024)
            if pid == self.pid:
                self.exit_status = status

    def _end_everything(self) -> None:
        """Kill all processes of the namespace but this one, and wait until they are gone."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)
        self._reap(0)

    def _read_rest(self) -> None:
        for descriptor in (self.stdout, self.stderr):
            while self.room >= 0 and self._capture(descriptor):
                pass

    def _look_at_disk(self) -> None:
        if self.broken is None and self.exit_status:
            self.full = scratch.why_disk(self.step["limits"])

    def _report(self, wall_time_s: float, found: collect.Collected) -> None:
        outcome, detail, code, number = self._outcome(found.refusal)
        said = [bytes(self.captured[descriptor]) for descriptor in (self.stdout, self.stderr)]
        _close(self.stdout, self.stderr, self.pidfd, self.status)
        message = {
            "outcome": outcome,
            "detail": detail,
            "exit_code": code,
            "signal": number,
            "stdout": len(said[0]),
            "stderr": len(said[1]),
            "outputs": [[name, size] for name, _, size in found.files],
            "wall_time_s": wall_time_s,
            "cpu_time_s": self.watch.cpu_time_s,
            "timeline": [] if self.is_measured_outside else self.watch.line.points,
            "peak_memory_mib": max(self.watch.peak_bytes, self.peak_bytes) / (1024 * 1024),
        }
        self.control.setblocking(True)
        wire.send_report(self.control, message, said)
        for _, descriptor, size in found.files:
            collect.stream(self.control, descriptor, size)

    def _outcome(self, refusal: collect.Refused | None) -> tuple[str, str, int | None, int | None]:
        if self.broken is not None:
            return (*self.broken, None, None)
        status = self.exit_status if self.exit_status is not None else 0
        number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
        code = os.WEXITSTATUS(status) if number is None else None
        if number == signal.SIGXFSZ:
            outcome, detail = "disk", "a file grew beyond the file limit"
        elif self._ran_out_of_memory():
            outcome, detail = "memory", "MemoryError reached the top level"
        elif self.full is not None:
            outcome, detail = "disk", self.full
        elif number is not None:
            outcome, detail = "signal", f"signal {number}"
        elif code != 0:
            outcome, detail = "exit", f"exit code {code}"
        elif refusal is not None:
            outcome, detail = refusal.outcome, refusal.detail
        else:
            outcome, detail = "ok", ""
        return outcome, detail, code, number

    def _ran_out_of_memory(self) -> bool:
        # Every process is dead, so this cannot block; a hostile step can only accuse itself.
        return self.status is not None and self.exit_status != 0 and os.read(self.status, 1) == b"M"


def _pidfd(pid: int) -> int | None:
    """Return a descriptor that becomes readable when a process dies; None where the kernel has none."""
    try:
        return os.pidfd_open(pid)
    except OSError as error:
        if error.errno != errno.ENOSYS:
            raise
        return None


def _close(*descriptors: int | None) -> None:
    for descriptor in descriptors:
        if descriptor is not None:
            os.close(descriptor)
