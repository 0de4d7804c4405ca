"""One piece of work in the hands of a supervisor: waiting for its report, or for the moment not to wait.

The supervisor enforces the limits, being nearest. The host does not rely on that: it reads the kernel's
figures while it waits, and past the deadline it ends the sandbox from outside and gives the verdict itself.
"""

import contextlib
import select
import socket
import threading
import time
from typing import Any

from sandboxes.base import Case, Step
from sandboxes.body import Body
from sandboxes.errors import SandboxDied
from sandboxes.inside import wire
from sandboxes.limits import Limits
from sandboxes.live import LiveOutput
from sandboxes.reports import Measured, lost_supervisor, read_result, settle
from sandboxes.results import Outcome, StepResult

# How late the supervisor's own word about the wall limit may come; then the host kills.
GRACE_S = 0.1
# The same for what the host tells it to end: killing and freeing much memory takes a moment.
CANCEL_GRACE_S = 0.5
TRANSFER_S = 60.0
HAND_OVER_S = 10.0
LOOK_EVERY_S = 0.02


class Exchange:
    """From the moment the work was sent until its result.

    Args:
        control: connection to the supervisor.
        body: the provider's hold on the sandbox.
        measured: the kernel's figures from before the work was sent.
        limits: of this work.
        live: gets what it writes while it runs; None where nobody asked for it.
    """

    def __init__(
        self,
        control: socket.socket,
        body: Body,
        measured: Measured,
        limits: Limits,
        live: LiveOutput | None = None,
    ) -> None:
        self.control = control
        self.body = body
        self.measured = measured
        self.limits = limits
        self.live = live
        self.started = time.monotonic()
        self.is_lost = False  # nothing more can be asked of the supervisor
        self._lock = threading.Lock()
        self._forced: tuple[Outcome, str] | None = None
        self._is_over = False

    def send(self, message: dict[str, Any]) -> None:
        """Hand the work over.

        Raises:
            OSError: the supervisor is gone or does not read.
        """
        with self._lock:
            self.control.settimeout(HAND_OVER_S)
            if self._forced is None:  # else it has read that it shall end, and reads no more
                wire.send_json(self.control, message)
        self.started = time.monotonic()

    def force(self, outcome: Outcome, detail: str) -> None:
        """Have it ended now, with this outcome unless it ended already. Safe from any thread."""
        with self._lock:
            if self._forced is not None or self._is_over:
                return
            self._forced = (outcome, detail)
            with contextlib.suppress(OSError):
                self.control.sendall(wire.HEADER.pack(wire.CANCEL, 0))

    def conclude(self, work: Step | Case) -> StepResult:
        """Wait for the end and return the result.

        Args:
            work: what was sent; its limits and outputs cap what may come back.

        Raises:
            SandboxDied: it vanished and no limit explains it.
        """
        said = self._hear(work)
        elapsed_s = time.monotonic() - self.started
        with self._lock:
            self._is_over = True
        if said is None:
            self.is_lost = True
            said = self._explain_loss()
        return settle(said, self.measured, self._forced, elapsed_s)

    def _hear(self, work: Step | Case) -> StepResult | None:
        try:
            if not self._await_report():
                return None
            return read_result(self.control, work, time.monotonic() + TRANSFER_S)
        except wire.WireError as error:
            self.is_lost = True
            self.body.kill()
            return lost_supervisor(Outcome.SECURITY, f"supervisor broke the protocol: {error}")
        except (wire.Closed, OSError):  # a TimeoutError is an OSError too
            return None

    def _await_report(self) -> bool:
        """Wait until the supervisor speaks; return False if it had to be ended or is gone."""
        deadline = self.started + self.limits.wall_time_s + GRACE_S
        is_told = False
        # The kernel's files are worth a look only for work that takes longer than the look itself.
        look_s = LOOK_EVERY_S if self.measured.cgroup else None
        while True:
            now = time.monotonic()
            if now >= deadline:
                self.force(Outcome.WALL_TIME, "ended from outside: the supervisor did not answer")
                self.body.kill()
                return False
            wait_s = deadline - now if look_s is None else min(deadline - now, look_s)
            if select.select([self.control], [], [], wait_s)[0] and not self._take_live(deadline):
                return True
            broken = self.measured.broken_limit(self.limits)
            if broken is not None:
                self.force(*broken)
            if self._forced is not None and not is_told:
                is_told = True
                deadline = min(deadline, time.monotonic() + CANCEL_GRACE_S)

    def _take_live(self, deadline: float) -> bool:
        """Take what the work wrote, if that is what comes next; the rest of a piece is worth no delay."""
        if self.live is None or self.control.recv(1, socket.MSG_PEEK) != wire.LIVE:
            return False
        with contextlib.suppress(TimeoutError):  # then it is late as a whole, and is ended
            self.live.add(wire.receive_frame(self.control, wire.SMALL, deadline)[1])
        return True

    def _explain_loss(self) -> StepResult:
        if self._forced is not None:
            self.body.kill()
            return lost_supervisor(*self._forced)
        if self.measured.has_oom():
            return lost_supervisor(Outcome.MEMORY, "the kernel killed the supervisor for want of memory")
        death = self.body.post_mortem()
        if death.outcome is None:
            raise SandboxDied(death.detail)
        return lost_supervisor(death.outcome, death.detail)
