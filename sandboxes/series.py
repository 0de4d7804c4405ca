"""The host's side of a series of test cases in one sandbox.

One case is on its way at a time: its files appear in the slot, the supervisor runs it, its files go away.
The engine is not asked for anything in between; limits that differ from case to case are set by writing
the sandbox's control group, and its figures are read before and after each case.
"""

import socket
import threading
import time
from dataclasses import replace

from sandboxes.base import Case, Step
from sandboxes.body import Body
from sandboxes.checks import case_message, check_case
from sandboxes.errors import SandboxDied
from sandboxes.exchange import Exchange
from sandboxes.limits import Limits
from sandboxes.reports import Measured
from sandboxes.results import Outcome, StepResult, Usage
from sandboxes.slots import Slot

MAX_CASES = 100_000
# What a case in flight gets when the whole series is ended, before everything is killed from outside.
END_GRACE_S = 2.0


class Series:
    """Runs cases until somebody ends it, a limit of the whole is reached, or the sandbox is lost.

    Args:
        control: connection to the supervisor, which was told that cases come.
        body: the provider's hold on the sandbox.
        slot: where files of cases are placed.
        step: the series.
        is_memory_limited: whether the kernel enforces the step's memory limit.
    """

    def __init__(
        self, control: socket.socket, body: Body, slot: Slot, step: Step, is_memory_limited: bool
    ) -> None:
        self._control = control
        self._body = body
        self._slot = slot
        self._step = step
        self._started = time.monotonic()
        self._turn = threading.Lock()  # held while a case runs
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._ending: tuple[Outcome, str] = (Outcome.OK, "")
        self._current: Exchange | None = None
        self._is_lost = False
        self._applied = (step.limits.memory_mib, step.limits.n_cpus)
        self._is_limited_as_a_whole = self._is_memory_limited = is_memory_limited
        self._n_cases = 0
        self._used = Usage(0.0, 0.0, 0.0, "cgroup" if body.cgroup is not None else "supervisor")

    def run_case(self, case: Case) -> StepResult:
        """See `Sandbox.run_case`."""
        check_case(case, self._step)
        with self._turn:
            limits = self._take_turn(case.limits)
            try:
                exchange = self._send(case, limits)
                result = exchange.conclude(
                    replace(case, limits=limits) if limits is not case.limits else case
                )
            except (SandboxDied, OSError) as error:
                self._lose(Outcome.CANCELLED, str(error))
                if isinstance(error, OSError):
                    raise SandboxDied(f"a case cannot be handed over: {error}") from error
                raise
            finally:
                self._current = None
                self._slot.clear_case(case.inputs, has_stdin=bool(case.stdin))
            self._add(result, exchange, case.limits, limits)
            return result

    def _take_turn(self, wanted: Limits) -> Limits:
        """Return the case's limits, lowered to what the series has left."""
        with self._lock:
            if self._is_lost:
                raise SandboxDied("an earlier case ended this sandbox; the rest needs another")
            if self._over.is_set() or self._n_cases >= MAX_CASES:
                raise RuntimeError(f"the series is over after {self._n_cases} cases")
            self._n_cases += 1
        whole = self._step.limits
        wall_time_s = self._started + whole.wall_time_s - time.monotonic()
        cpu_time_s = whole.cpu_time_s - self._used.cpu_time_s
        if wall_time_s >= wanted.wall_time_s and cpu_time_s >= wanted.cpu_time_s:
            return wanted
        return replace(
            wanted,
            wall_time_s=max(min(wanted.wall_time_s, wall_time_s), 1e-3),
            cpu_time_s=max(min(wanted.cpu_time_s, cpu_time_s), 1e-3),
        )

    def _send(self, case: Case, limits: Limits) -> Exchange:
        for name, source in case.inputs.items():
            self._slot.place_input(name, source)
        if case.stdin:
            self._slot.place_stdin(case.stdin)
        self._apply(limits)
        cgroup = self._body.cgroup
        message = case_message(case, self._step, limits, not self._is_memory_limited, cgroup is not None)
        exchange = Exchange(self._control, self._body, Measured(cgroup), limits)
        with self._lock:
            self._current = exchange
            if self._over.is_set():
                exchange.force(*self._ending)
        exchange.send(message)
        return exchange

    def _apply(self, limits: Limits) -> None:
        wanted = (limits.memory_mib, limits.n_cpus)
        if wanted == self._applied:
            return
        if self._body.cgroup is not None:
            self._is_memory_limited = self._body.apply(limits)
        else:  # an engine elsewhere takes longer to be asked than the case takes: the supervisor watches
            whole = self._step.limits.memory_mib
            self._is_memory_limited = self._is_limited_as_a_whole and limits.memory_mib == whole
        self._applied = wanted

    def _add(self, result: StepResult, exchange: Exchange, wanted: Limits, limits: Limits) -> None:
        used = result.usage
        self._used = replace(
            self._used,
            cpu_time_s=self._used.cpu_time_s + used.cpu_time_s,
            peak_memory_mib=max(self._used.peak_memory_mib, used.peak_memory_mib),
        )
        if exchange.is_lost:
            self._lose(result.outcome, result.detail)
        elif result.outcome is Outcome.WALL_TIME and limits.wall_time_s < wanted.wall_time_s:
            self.end(Outcome.WALL_TIME, "the whole series took too long")
        elif result.outcome is Outcome.CPU_TIME and limits.cpu_time_s < wanted.cpu_time_s:
            self.end(Outcome.CPU_TIME, "the whole series used too much")

    def _lose(self, outcome: Outcome, detail: str) -> None:
        with self._lock:
            self._is_lost = True
        self.end(outcome, detail)

    def end(self, outcome: Outcome = Outcome.OK, detail: str = "") -> None:
        """Take no further case, and end the one in flight unless all is well. Idempotent; any thread."""
        with self._lock:
            if self._over.is_set():
                return
            self._ending = (outcome, detail)
            self._over.set()
            if self._current is not None and outcome is not Outcome.OK:
                self._current.force(outcome, detail)

    def follow(self) -> StepResult:
        """Wait until it is over, by itself or by its wall limit, and return its totals."""
        deadline = self._started + self._step.limits.wall_time_s
        if not self._over.wait(max(0.0, deadline - time.monotonic())):
            self.end(Outcome.WALL_TIME, "the whole series took too long")
        if not self._turn.acquire(timeout=self._patience_s()):
            self._body.kill()
            self._turn.acquire()
        self._turn.release()
        used = replace(self._used, wall_time_s=time.monotonic() - self._started)
        outcome, detail = self._ending
        return StepResult(outcome, None, None, b"", b"", used, {}, detail)

    def _patience_s(self) -> float:
        """Return how long the case in flight may still take."""
        if self._ending[0] is not Outcome.OK:
            return END_GRACE_S
        return max(0.0, self._started + self._step.limits.wall_time_s - time.monotonic()) + END_GRACE_S
