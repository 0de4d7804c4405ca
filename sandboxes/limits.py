"""What one step may use. Every field has a conformance test that breaks it."""

from dataclasses import dataclass

MIB = 1024 * 1024


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
        for name in self.__slots__:
            if getattr(self, name) <= 0:
                raise ValueError(f"limit {name} must be positive, got {getattr(self, name)}")
