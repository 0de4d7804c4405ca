"""From a supervisor's words and the kernel's figures to one `StepResult`.

The supervisor shares a kernel with the step, and without root even a user, so what it says is data: types,
names and sizes are checked here, and where a cgroup exists the kernel's figures replace its own.
"""

import socket
from dataclasses import dataclass, field, replace
from typing import Any

from sandboxes.base import Case, Step
from sandboxes.cgroups import Cgroup
from sandboxes.inside import wire
from sandboxes.limits import MIB, Limits
from sandboxes.results import MAX_SAMPLES, Outcome, StepResult, Usage, UsageSample

# Peaks below this hold too little cache of files for it to be worth a look.
SMALL_PEAK = 32 * MIB
# Outcomes that a kernel OOM kill explains better.
EXPLAINED_BY_OOM = frozenset({Outcome.OK, Outcome.EXIT, Outcome.SIGNAL, Outcome.DISK, Outcome.OUTPUT_MISSING})


@dataclass
class Measured:
    """The kernel's figures from the moment a step was handed over.

    Args:
        cgroup: None where there is no cgroup.
    """

    cgroup: Cgroup | None
    cpu_before_s: float = field(init=False, default=0.0)
    oom_before: int = field(init=False, default=0)
    held_peak: int = field(init=False, default=0)  # highest of the looks taken while it ran

    def __post_init__(self) -> None:
        if self.cgroup is not None:
            self.cgroup.reset_peak()
            self.cpu_before_s = self.cgroup.cpu_time_s() or 0.0
            self.oom_before = self.cgroup.oom_kills()

    def has_oom(self) -> bool:
        """Whether the kernel killed something here since."""
        return self.cgroup is not None and self.cgroup.oom_kills() > self.oom_before

    def cpu_time_s(self) -> float | None:
        """Return CPU seconds since; None if unknown."""
        total_s = self.cgroup.cpu_time_s() if self.cgroup is not None else None
        return None if total_s is None else total_s - self.cpu_before_s

    def peak_bytes(self) -> int | None:
        """Return the highest memory use; None if unknown.

        The kernel's own peak has the cache of files in it: a step that reads a large input once would
        seem to have held it. What of it is cache at the end is taken off, but never so much that less
        remains than was seen in use at some moment.
        """
        peak = self.cgroup.peak_bytes() if self.cgroup is not None else None
        if self.cgroup is None or peak is None or peak < SMALL_PEAK:
            return peak
        return max(self.held_peak, peak - self.cgroup.file_cache_bytes())

    def broken_limit(self, limits: Limits) -> tuple[Outcome, str] | None:
        """Take a look: say which limit is broken by now, if any."""
        if self.cgroup is not None:
            self.held_peak = max(self.held_peak, self.cgroup.held_bytes() or 0)
        if self.has_oom():
            return Outcome.MEMORY, "the kernel killed a process for want of memory"
        used_s = self.cpu_time_s()
        if used_s is not None and used_s > limits.cpu_time_s:
            return Outcome.CPU_TIME, f"{used_s:.2f} s used"
        return None


class _Reader:
    """Typed access to a hostile JSON object."""

    def __init__(self, message: dict[str, Any]) -> None:
        self.message = message

    def integer(self, name: str, low: int, high: int) -> int:
        value = self.message.get(name)
        if type(value) is not int or not low <= value <= high:
            raise wire.WireError(f"{name} is out of range")
        return value

    def optional(self, name: str, low: int, high: int) -> int | None:
        return None if self.message.get(name) is None else self.integer(name, low, high)

    def number(self, name: str, below: float = 1e9) -> float:
        value = self.message.get(name)
        # The comparison is false for NaN, too.
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < below:
            raise wire.WireError(f"{name} is out of range")
        return float(value)

    def text(self, name: str) -> str:
        value = self.message.get(name)
        if not isinstance(value, str):
            raise wire.WireError(f"{name} is not text")
        return "".join(char if char.isprintable() else "?" for char in value[:500])

    def outcome(self) -> Outcome:
        try:
            return Outcome(self.text("outcome"))
        except ValueError as error:
            raise wire.WireError("unknown outcome") from error

    def timeline(self) -> tuple[UsageSample, ...]:
        points = self.message.get("timeline")
        if not isinstance(points, list) or len(points) > MAX_SAMPLES:
            raise wire.WireError("timeline is not as agreed")
        found: list[UsageSample] = []
        for point in points:
            if not isinstance(point, list) or len(point) != 3:
                raise wire.WireError("malformed point of the timeline")
            at_s, cpu_time_s, memory = (_Reader({"": figure}).number("", 2**53) for figure in point)
            if found and at_s < found[-1].at_s:
                raise wire.WireError("the timeline goes backwards")
            found.append(UsageSample(at_s, cpu_time_s, memory / MIB))
        return tuple(found)

    def outputs(self, step: Step | Case) -> list[tuple[str, int]]:
        caps = {output.name: output.max_bytes for output in step.outputs}
        entries = self.message.get("outputs")
        if not isinstance(entries, list) or len(entries) > len(caps):
            raise wire.WireError("outputs are not as declared")
        found: dict[str, int] = {}
        for entry in entries:
            if not isinstance(entry, list) or len(entry) != 2:
                raise wire.WireError("malformed output entry")
            name, size = entry
            if (
                not isinstance(name, str)
                or name not in caps
                or name in found
                or type(size) is not int
                or not 0 <= size <= caps[name]
            ):
                raise wire.WireError("undeclared or oversized output")
            found[name] = size
        if sum(found.values()) > step.limits.output_mib * MIB:
            raise wire.WireError("outputs are larger than their folder")
        return list(found.items())


def read_result(sock: socket.socket, step: Step | Case, deadline: float) -> StepResult:
    """Read the supervisor's report and all bytes that follow it.

    Args:
        sock: the control connection.
        step: what was asked for; gives the caps.
        deadline: `time.monotonic()` instant.

    Raises:
        wire.Closed: it vanished.
        wire.WireError: it does not keep to the schema.
        TimeoutError: it is too slow.
    """
    reader = _Reader(wire.receive_json(sock, deadline))
    room = int(step.limits.stdout_kib * 1024)
    n_stdout = reader.integer("stdout", 0, room)
    n_stderr = reader.integer("stderr", 0, room - n_stdout)
    outputs = reader.outputs(step)
    usage = Usage(
        wall_time_s=reader.number("wall_time_s"),
        cpu_time_s=reader.number("cpu_time_s"),
        peak_memory_mib=reader.number("peak_memory_mib"),
        measured_by="supervisor",
        timeline=reader.timeline(),
    )
    return StepResult(
        outcome=reader.outcome(),
        exit_code=reader.optional("exit_code", 0, 255),
        signal=reader.optional("signal", 1, 64),
        detail=reader.text("detail"),
        usage=usage,
        stdout=wire.receive_data(sock, n_stdout, deadline),
        stderr=wire.receive_data(sock, n_stderr, deadline),
        outputs={name: wire.receive_data(sock, size, deadline) for name, size in outputs},
    )


def lost_supervisor(outcome: Outcome, detail: str) -> StepResult:
    """Return a result without anything the supervisor would have said."""
    return StepResult(outcome, None, None, b"", b"", Usage(0.0, 0.0, 0.0, "supervisor"), {}, detail)


def settle(
    said: StepResult, measured: Measured, forced: tuple[Outcome, str] | None, elapsed_s: float
) -> StepResult:
    """Combine what was said with what the kernel counted and what the host had to do.

    Args:
        said: the supervisor's report, or `lost_supervisor`.
        measured: the kernel's figures.
        forced: outcome and detail if the host ended the step.
        elapsed_s: seconds since the step was handed over, by the host's clock.
    """
    outcome, detail = said.outcome, said.detail
    if forced is not None and outcome in (Outcome.CANCELLED, *EXPLAINED_BY_OOM):
        outcome, detail = forced
    elif measured.has_oom() and outcome in EXPLAINED_BY_OOM:
        outcome, detail = Outcome.MEMORY, "the kernel killed a process for want of memory"
    usage = said.usage
    if usage.wall_time_s == 0.0 or usage.wall_time_s > elapsed_s:
        usage = replace(usage, wall_time_s=elapsed_s)
    cpu_time_s = measured.cpu_time_s()
    peak = measured.peak_bytes()
    if cpu_time_s is not None and peak is not None:
        usage = Usage(usage.wall_time_s, cpu_time_s, peak / MIB, "cgroup")
    return replace(said, outcome=outcome, detail=detail, usage=usage)
