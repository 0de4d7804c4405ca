"""What a step did: outcome, usage, outputs. Data only; verdicts are given elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

MAX_SAMPLES = 120


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
    DISK = "disk"  # failed with a tmpfs of its own full, or grew a file beyond `file_mib`
    OUTPUT_MISSING = "output_missing"  # exit 0 without a required output
    SECURITY = "security"  # broke the supervisor, or an output is a link or special file
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class UsageSample:
    """One point of a step's usage over time.

    Attributes:
        at_s: seconds since the step began.
        cpu_time_s: user + system seconds so far.
        memory_mib: MiB in use now.
        gpu_memory_mib: MiB in use on all its GPUs now; None without a GPU.
        gpu_utilisation: 0 to 1, mean over its GPUs; None without a GPU.
    """

    at_s: float
    cpu_time_s: float
    memory_mib: float
    gpu_memory_mib: float | None = None
    gpu_utilisation: float | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Measured by the provider, never by the participant's own process.

    Attributes:
        wall_time_s: seconds.
        cpu_time_s: user + system seconds over all processes.
        peak_memory_mib: MiB over all processes.
        measured_by: `cgroup` (kernel, from outside) or `supervisor` (PID 1 inside).
        gpu_peak_memory_mib: highest sampled MiB over all its GPUs; None without a GPU.
        gpu_utilisation: mean of the samples, 0 to 1; None without a GPU.
        timeline: samples in order, thinned out to at most `MAX_SAMPLES`, by whoever measured.
    """

    wall_time_s: float
    cpu_time_s: float
    peak_memory_mib: float
    measured_by: str
    gpu_peak_memory_mib: float | None = None
    gpu_utilisation: float | None = None
    timeline: tuple[UsageSample, ...] = ()


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
