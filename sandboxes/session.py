"""The host's side of one sandbox, the same for every provider.

A provider builds the walls and gives a `Body`; this module speaks with the supervisor inside, watches
from outside what the kernel counts, enforces the deadline even if the supervisor is gone, and turns
whatever happened into a `StepResult`. Nothing the supervisor says is believed beyond its schema.
"""

import select
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from sandboxes.base import Case, Profile, Sandbox, Step
from sandboxes.body import Body
from sandboxes.channel import ChannelDoor, PipeStream, SocketChannel, accept_stdio
from sandboxes.checks import check_step, step_message
from sandboxes.errors import SandboxDied, SandboxError, SandboxStartFailed
from sandboxes.exchange import Exchange
from sandboxes.inside import wire
from sandboxes.live import LiveOutput
from sandboxes.reports import Measured
from sandboxes.results import Outcome, StepResult
from sandboxes.sampling import GpuWatch, StepSampler
from sandboxes.series import Series
from sandboxes.slots import Slot

START_TIMEOUT_S = 120.0
# How long `destroy` waits for the thread that follows a step whose processes it just killed.
JOIN_S = 5.0


class LiveSandbox(Sandbox):
    """A sandbox whose supervisor said that it is ready.

    Args:
        slot: its host folder.
        profile: what it was made from.
        body: the provider's hold on it.
        control: connection to its supervisor.
        bury: called once by `destroy`; removes what the provider made, in the background; told whether
            that may wait for a moment when nothing else runs.
        gpus: the watch of its GPUs, if it has any.
    """

    def __init__(
        self,
        slot: Slot,
        profile: Profile,
        body: Body,
        control: socket.socket,
        bury: Callable[[bool], None],
        gpus: GpuWatch | None = None,
    ) -> None:
        self.id = slot.id
        self.profile = profile
        self._slot = slot
        self._body = body
        self._control = control
        self._bury = bury
        self._gpus = gpus
        self._lock = threading.Lock()
        self._step: Step | None = None
        self._door: ChannelDoor | None = None
        self._stdio: PipeStream | None = None
        self._live: LiveOutput | None = None
        self._follower: threading.Thread | None = None
        self._result: StepResult | None = None
        self._failure: SandboxError | None = None
        self._exchange: Exchange | None = None
        self._series: Series | None = None
        self._is_destroyed = False

    def is_alive(self) -> bool:
        """Whether it could still take a step."""
        if self._is_destroyed or self._step is not None:
            return False
        # A supervisor that waits says nothing: anything readable means that it is gone.
        readable, _, _ = select.select([self._control], [], [], 0)
        return not readable

    def is_working(self) -> bool:
        """Whether a step runs in it now."""
        return self._step is not None and self._result is None and not self._is_destroyed

    def start(self, step: Step) -> None:
        """See `Sandbox.start`. Raises ValueError for a step that `check_step` refuses."""
        check_step(step, self.profile)
        with self._lock:
            if self._step is not None or self._is_destroyed:
                raise RuntimeError("a sandbox serves one step")
            self._step = step
        try:
            for name, source in step.inputs.items():
                self._slot.place_input(name, source, is_executable=name in step.executables)
            if step.stdin:
                self._slot.place_stdin(step.stdin)
            if step.has_channel:
                self._door = ChannelDoor(self._slot.listen("chan.sock"))
            self._send(step)
        except OSError as error:
            raise SandboxStartFailed(f"cannot hand over the step: {error}") from error
        self._follower = threading.Thread(
            target=self._follow, args=(step,), name=f"step-{self.id}", daemon=True
        )
        self._follower.start()

    def _send(self, step: Step) -> None:
        is_memory_limited = self._body.apply(step.limits)
        cgroup = self._body.cgroup
        message = step_message(step, not is_memory_limited, cgroup is not None)
        stdio = self._slot.listen("stdio.sock") if step.has_stdio_channel else None
        if step.has_cases:
            wire.send_json(self._control, message)
            self._series = Series(self._control, self._body, self._slot, step, is_memory_limited)
            return
        if step.has_live_output:
            self._live = LiveOutput(int(step.limits.stdout_kib * 1024))
        exchange = Exchange(self._control, self._body, Measured(cgroup), step.limits, self._live)
        with self._lock:
            self._exchange = exchange
        exchange.send(message)
        if stdio is not None:
            self._stdio = accept_stdio(stdio)

    def channel(self) -> SocketChannel:
        """See `Sandbox.channel`."""
        if self._door is None:
            raise RuntimeError("the step has no channel")
        return self._door.accept()

    def stdio(self) -> PipeStream:
        """See `Sandbox.stdio`."""
        if self._stdio is None:
            raise RuntimeError("the step's stdin and stdout are no channel")
        return self._stdio

    def output(self, timeout_s: float) -> bytes | None:
        """See `Sandbox.output`."""
        if self._live is None:
            raise RuntimeError("the step has no live output")
        return self._live.read(timeout_s)

    def run_case(self, case: Case) -> StepResult:
        """See `Sandbox.run_case`."""
        if self._series is None:
            raise RuntimeError("the step is not a series of cases")
        return self._series.run_case(case)

    def end_cases(self) -> None:
        """See `Sandbox.end_cases`."""
        if self._series is None:
            raise RuntimeError("the step is not a series of cases")
        self._series.end()

    def wait(self) -> StepResult:
        """See `Sandbox.wait`."""
        if self._follower is None:
            raise RuntimeError("no step was started")
        self._follower.join()
        if self._result is None:
            raise self._failure or SandboxDied("the sandbox was destroyed while it ran")
        return self._result

    def cancel(self) -> None:
        """See `Sandbox.cancel`."""
        self._force(Outcome.CANCELLED, "cancelled by the host")

    def destroy(self) -> None:
        """See `Sandbox.destroy`. What takes time is removed in the background."""
        with self._lock:
            if self._is_destroyed:
                return
            self._is_destroyed = True
        # Before a step, and once it has a result, nothing of a participant's is there, only the supervisor
        # that waits for us. A device, though, must be free before somebody else can have it.
        is_at_rest = (self._step is None or self._result is not None) and self._gpus is None
        if is_at_rest:
            self._body.rest()
        else:
            self._force(Outcome.CANCELLED, "destroyed by the host")
            self._body.kill()
        if self._follower is not None:
            self._follower.join(JOIN_S)
        if self._door is not None:
            self._door.close()
        if self._stdio is not None:
            self._stdio.close()
        if not is_at_rest:
            self._control.close()
        self._bury(is_at_rest)

    def _force(self, outcome: Outcome, detail: str) -> None:
        with self._lock:
            exchange = self._exchange
        if exchange is not None:
            exchange.force(outcome, detail)
        if self._series is not None:
            self._series.end(outcome, detail)

    def _follow(self, step: Step) -> None:
        try:
            with StepSampler(self._body.cgroup, self._gpus, self._force) as sampler:
                result = self._conclude(step)
            self._result = sampler.settle(result)
        except SandboxError as error:
            self._failure = error
        finally:
            if self._live is not None:
                self._live.end()
            if self._door is not None:
                self._door.end()

    def _conclude(self, step: Step) -> StepResult:
        if self._series is not None:
            return self._series.follow()
        if self._exchange is None:
            raise SandboxDied("the step was never handed over")
        return self._exchange.conclude(step)


def shake_hands(listener: socket.socket, body: Body, setup: dict[str, Any]) -> socket.socket:
    """Take the supervisor's connection, tell it how to lock itself down, wait until it is ready.

    Args:
        listener: the slot's control socket.
        body: the provider's hold on the sandbox that is starting.
        setup: see `sandboxes.inside.hardening.lock_down`, and `preload`.

    Raises:
        SandboxStartFailed: it never came, or says why it cannot.
    """
    deadline = time.monotonic() + START_TIMEOUT_S
    while not select.select([listener], [], [], 0.1)[0]:
        if not body.is_running() or time.monotonic() > deadline:
            raise SandboxStartFailed(f"the supervisor never connected: {body.start_log()}")
    control, _ = listener.accept()
    try:
        wire.send_json(control, setup)
        answer = wire.receive_json(control, deadline)
        control.settimeout(None)
    except (wire.Closed, wire.WireError, OSError) as error:
        control.close()
        raise SandboxStartFailed(f"the supervisor died while starting: {body.start_log()}") from error
    body.prefer_supervisor()
    if answer.get("ready") is not True:
        control.close()
        raise SandboxStartFailed(f"the supervisor cannot start: {answer.get('fatal')}", is_retryable=False)
    return control
