"""What a step did: outcome, usage, outputs. Data only; verdicts are given elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """How a step ended. Exactly one applies; the first limit broken wins."""

    OK = "ok"  # exit code 0 and every required output present
    EXIT = "exit"  # exit code not 0
    SIGNAL = "signal"  # killed by a signal that no limit explains
    WALL_TIME = "wall_time"
    CPU_TIME = "cpu_time"
    MEMORY = "memory"
    OUTPUT_FLOOD = "output_flood"  # too much stdout/stderr
    OUTPUT_SIZE = "output_size"  # a declared output is larger than allowed
    OUTPUT_MISSING = "output_missing"  # exit 0 without a required output
    SECURITY = "security"  # broke the supervisor, or an output is a link or special file
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Usage:
    """Measured by the provider, never by the participant's own process.

    Attributes:
        wall_time_s: seconds.
        cpu_time_s: user + system seconds over all processes.
        peak_memory_mib: MiB over all processes.
        measured_by: `cgroup` (kernel, from outside) or `supervisor` (PID 1 inside).
    """

    wall_time_s: float
    cpu_time_s: float
    peak_memory_mib: float
    measured_by: str


@dataclass(frozen=True, slots=True)
class StepResult:
    """Everything known about one finished step.

    Attributes:
        outcome: how it ended.
        exit_code: of the first process; None if killed by a signal or a limit.
        signal: number, if a signal ended it.
        stdout, stderr: captured, cut at the limit.
        outputs: declared name → bytes, each within its cap. Participant data: parse strictly.
        usage: see `Usage`.
        detail: one line for administrators about why this outcome was chosen.
    """

    outcome: Outcome
    exit_code: int | None
    signal: int | None
    stdout: bytes
    stderr: bytes
    usage: Usage
    outputs: Mapping[str, bytes] = field(default_factory=dict)
    detail: str = ""
