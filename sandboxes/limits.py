"""What one step may use. Every field has a conformance test that breaks it.

What no host could ever give or enforce is refused here as nonsense; what this host happens not to have is
found out by `sandboxes.capacity`.
"""

from dataclasses import dataclass, fields

MIB = 1024 * 1024
# A month of wall time; beyond it only typing errors live, and the kernel's own timers end somewhere.
MAX_SECONDS = 31 * 86_400.0
# Sizes are handed to the kernel in bytes, counts as 32-bit numbers.
MAX_COUNT = 2**31 - 1
# The kernel's smallest quota is a hundredth of its period.
MIN_CPUS = 0.01


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one step.

    Attributes:
        wall_time_s: seconds from the start of the step to its forced end.
        cpu_time_s: user + system seconds of all processes of the step together.
        memory_mib: resident memory of all processes plus tmpfs, no swap.
        n_processes: processes and threads at one time.
        n_cpus: cores the step may use at one time.
        output_mib: size of `/job/out` (declared outputs), a sized tmpfs.
        scratch_mib: size of `/tmp`, a sized tmpfs.
        shm_mib: size of `/dev/shm`, a sized tmpfs (PyTorch's data loaders share tensors there).
        stdout_kib: captured bytes of stdout and stderr together; more ends the step (`OLE`).
        file_mib: largest single file (RLIMIT_FSIZE).
        n_open_files: RLIMIT_NOFILE.
    """

    wall_time_s: float = 30.0
    cpu_time_s: float = 30.0
    memory_mib: int = 1024
    n_processes: int = 64
    n_cpus: float = 1.0
    output_mib: int = 64
    scratch_mib: int = 64
    stdout_kib: int = 256
    file_mib: int = 64
    n_open_files: int = 256
    shm_mib: int = 64

    def __post_init__(self) -> None:
        for limit in fields(self):
            is_count = limit.type is int
            most = MAX_SECONDS if limit.name.endswith("_s") else MAX_COUNT
            _check(limit.name, getattr(self, limit.name), is_count=is_count, most=most)


def _check(name: str, value: object, *, is_count: bool, most: float) -> None:
    """Refuse what is no number, no finite number, not above zero, or beyond all sense.

    Raises:
        ValueError: names the limit and what was given.
    """
    kinds = (int,) if is_count else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds):
        wanted = "a whole number" if is_count else "a number"
        raise ValueError(f"limit {name} must be {wanted}, got {value!r}")  # noqa: TRY004 - one error for nonsense
    if not 0 < value <= most:  # false for NaN, too
        raise ValueError(f"limit {name} must be above 0 and at most {most:g}, got {_shown(value)}")
    if name == "n_cpus" and value < MIN_CPUS:
        raise ValueError(f"limit {name} must be at least {MIN_CPUS}, got {value}")


def _shown(value: float) -> str:
    """Write a number for a message; Python refuses to write out integers of thousands of digits."""
    if isinstance(value, int) and value.bit_length() > 64:
        return f"a number of {value.bit_length()} bits"
    return str(value)
