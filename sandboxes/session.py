"""The host's side of one sandbox, the same for every provider.

A provider builds the walls and gives a `Body`; this module speaks with the supervisor inside, watches
from outside what the kernel counts, enforces the deadline even if the supervisor is gone, and turns
whatever happened into a `StepResult`. Nothing the supervisor says is believed beyond its schema.
"""

import contextlib
import select
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from sandboxes.base import Case, Profile, Sandbox, Step
from sandboxes.body import Body
from sandboxes.channel import ChannelDoor, PipeStream, SocketChannel, accept_stdio
from sandboxes.errors import SandboxDied, SandboxError, SandboxStartFailed
from sandboxes.inside import wire
from sandboxes.limits import Limits
from sandboxes.reports import Measured, lost_supervisor, read_result, settle
from sandboxes.results import Outcome, StepResult
from sandboxes.slots import MAX_STDIN, Slot, check_name

GRACE_S = 1.0
TRANSFER_S = 60.0
LOOK_EVERY_S = 0.02
START_TIMEOUT_S = 120.0
MAX_TEXT = 128 * 1024


def check_step(step: Step, profile: Profile) -> None:
    """Refuse a step that is not well formed or asks for more than its profile's ceilings.

    Raises:
        ValueError: says which part.
    """
    if bool(step.argv) == bool(step.module):
        raise ValueError("exactly one of argv and module must be set")
    for limit in fields(Limits):
        wanted, ceiling = getattr(step.limits, limit.name), getattr(profile.limits, limit.name)
        if wanted > ceiling:
            raise ValueError(f"limit {limit.name}={wanted} is above the profile's {ceiling}")
    if len(step.stdin) > MAX_STDIN:
        raise ValueError(f"stdin of {len(step.stdin)} bytes is above {MAX_STDIN}")
    if step.has_stdio_channel and step.stdin:
        raise ValueError("stdin is the channel, so it cannot be given beforehand")
    for name in (*step.inputs, *(output.name for output in step.outputs)):
        check_name(name)
    texts = (*step.argv, *step.args, *step.env, *step.env.values())
    if sum(map(len, texts)) > MAX_TEXT:
        raise ValueError(f"command line and environment are above {MAX_TEXT} characters")
    if any("\0" in text for text in texts) or any("=" in name or not name for name in step.env):
        raise ValueError("NUL in a command line or environment, or a bad variable name")


def check_profile(profile: Profile) -> None:
    """Refuse a profile that cannot be mounted.

    Raises:
        ValueError: says why.
    """
    for name, path in profile.code:
        check_name(name)
        if "/" in name or not path.exists():
            raise ValueError(f"code {name!r}: {path} does not exist or the name is not plain")


def step_message(step: Step, does_watch_memory: bool) -> dict[str, Any]:
    """Write a step as the supervisor reads it."""
    return {
        "argv": list(step.argv),
        "module": step.module,
        "args": list(step.args),
        "env": dict(step.env),
        "seed": step.seed,
        "has_stdin": bool(step.stdin),
        "has_stdio_channel": step.has_stdio_channel,
        "outputs": [[output.name, output.max_bytes, output.is_required] for output in step.outputs],
        "limits": {limit.name: getattr(step.limits, limit.name) for limit in fields(Limits)},
        "does_watch_memory": does_watch_memory,
    }


class LiveSandbox(Sandbox):
    """A sandbox whose supervisor said that it is ready.

    Args:
        slot: its host folder.
        profile: what it was made from.
        body: the provider's hold on it.
        control: connection to its supervisor.
        bury: called once by `destroy`; removes what the provider made, in the background.
    """

    def __init__(
        self, slot: Slot, profile: Profile, body: Body, control: socket.socket, bury: Callable[[], None]
    ) -> None:
        self.id = slot.id
        self.profile = profile
        self._slot = slot
        self._body = body
        self._control = control
        self._bury = bury
        self._lock = threading.Lock()
        self._step: Step | None = None
        self._door: ChannelDoor | None = None
        self._stdio: PipeStream | None = None
        self._follower: threading.Thread | None = None
        self._result: StepResult | None = None
        self._failure: SandboxError | None = None
        self._forced: tuple[Outcome, str] | None = None
        self._is_destroyed = False

    def is_alive(self) -> bool:
        """Whether it could still take a step."""
        if self._is_destroyed or self._step is not None:
            return False
        # A supervisor that waits says nothing: anything readable means that it is gone.
        readable, _, _ = select.select([self._control], [], [], 0)
        return not readable

    def start(self, step: Step) -> None:
        """See `Sandbox.start`. Raises ValueError for a step that `check_step` refuses."""
        check_step(step, self.profile)
        with self._lock:
            if self._step is not None or self._is_destroyed:
                raise RuntimeError("a sandbox serves one step")
            self._step = step
        try:
            for name, source in step.inputs.items():
                self._slot.place_input(name, source)
            if step.stdin:
                self._slot.place_stdin(step.stdin)
            if step.has_channel:
                self._door = ChannelDoor(self._slot.listen("chan.sock"))
            is_memory_limited = self._body.apply(step.limits)
            measured = Measured(self._body.cgroup)
            stdio = self._slot.listen("stdio.sock") if step.has_stdio_channel else None
            wire.send_json(self._control, step_message(step, not is_memory_limited))
            if stdio is not None:
                self._stdio = accept_stdio(stdio)
        except OSError as error:
            raise SandboxStartFailed(f"cannot hand over the step: {error}") from error
        self._follower = threading.Thread(
            target=self._follow, args=(step, measured), name=f"step-{self.id}", daemon=True
        )
        self._follower.start()

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

    def run_case(self, case: Case) -> StepResult:
        """See `Sandbox.run_case`."""
        raise NotImplementedError

    def end_cases(self) -> None:
        """See `Sandbox.end_cases`."""
        raise NotImplementedError

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
        self._force(Outcome.CANCELLED, "destroyed by the host")
        self._body.kill()
        if self._follower is not None:
            self._follower.join(GRACE_S * 5)
        if self._door is not None:
            self._door.close()
        if self._stdio is not None:
            self._stdio.close()
        self._control.close()
        self._bury()

    def _force(self, outcome: Outcome, detail: str) -> None:
        with self._lock:
            if self._forced is not None or self._result is not None or self._step is None:
                return
            self._forced = (outcome, detail)
            with contextlib.suppress(OSError):
                self._control.sendall(wire.HEADER.pack(wire.CANCEL, 0))

    def _follow(self, step: Step, measured: Measured) -> None:
        started = time.monotonic()
        try:
            self._result = self._conclude(step, measured, started)
        except SandboxError as error:
            self._failure = error
        finally:
            if self._door is not None:
                self._door.end()

    def _conclude(self, step: Step, measured: Measured, started: float) -> StepResult:
        if self._await_report(step.limits, measured, started):
            deadline = time.monotonic() + TRANSFER_S
            try:
                said = read_result(self._control, step, deadline)
            except wire.WireError as error:
                self._body.kill()
                said = lost_supervisor(Outcome.SECURITY, f"supervisor broke the protocol: {error}")
            except (wire.Closed, OSError):  # a TimeoutError is an OSError too
                said = None
        else:
            said = None
        elapsed_s = time.monotonic() - started
        if said is None:
            said = self._explain_loss(measured)
        return settle(said, measured, self._forced, elapsed_s)

    def _await_report(self, limits: Limits, measured: Measured, started: float) -> bool:
        """Wait until the supervisor speaks; return False if it had to be ended or is gone."""
        deadline = started + limits.wall_time_s + GRACE_S
        is_told = False
        while True:
            now = time.monotonic()
            if now >= deadline:
                self._force(Outcome.WALL_TIME, "ended from outside: the supervisor did not answer")
                self._body.kill()
                return False
            wait_s = min(deadline - now, LOOK_EVERY_S if measured.cgroup else deadline - now)
            if select.select([self._control], [], [], max(0.0, wait_s))[0]:
                return True
            broken = measured.broken_limit(limits)
            if broken is not None:
                self._force(*broken)
            if self._forced is not None and not is_told:
                is_told = True
                deadline = min(deadline, time.monotonic() + GRACE_S)

    def _explain_loss(self, measured: Measured) -> StepResult:
        if self._forced is not None:
            self._body.kill()
            return lost_supervisor(*self._forced)
        if measured.has_oom():
            return lost_supervisor(Outcome.MEMORY, "the kernel killed the supervisor for want of memory")
        death = self._body.post_mortem()
        if death.outcome is None:
            raise SandboxDied(death.detail)
        return lost_supervisor(death.outcome, death.detail)


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
    if answer.get("ready") is not True:
        control.close()
        raise SandboxStartFailed(f"the supervisor cannot start: {answer.get('fatal')}", is_retryable=False)
    return control
