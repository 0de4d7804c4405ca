"""Who made a sandbox, so that leftovers of the dead are swept and those of the living are not.

A worker that is killed leaves folders, containers or cgroups behind. Each carries its creator's mark;
a sweep removes what has the same owner and whose creating process no longer exists. Several processes
of one worker share an owner and must not sweep one another.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


def process_start(pid: int) -> str:
    """Return the kernel's start time of a process (in ticks), or "" if there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == b"Z" else fields[19].decode()


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _pid_namespace() -> str:
    return str(Path("/proc/self/ns/pid").stat().st_ino)


@dataclass(frozen=True, slots=True)
class Creator:
    """The mark of a creating process.

    Attributes:
        owner: name of the worker service, unique per installation on a host.
        pid: of the process, in its own PID namespace.
        start: its start time, which tells it from a later process with the same pid.
        boot: the boot in which it ran.
        namespace: its PID namespace; a worker restarted in a new container has another.
    """

    owner: str
    pid: str
    start: str
    boot: str
    namespace: str

    @classmethod
    def current(cls, owner: str) -> "Creator":
        """Return the mark of this process."""
        pid = os.getpid()
        return cls(owner, str(pid), process_start(pid), _boot(), _pid_namespace())

    @classmethod
    def from_json(cls, text: str) -> "Creator | None":
        """Read a mark; None if it is not one (a torn write by a killed process)."""
        try:
            fields = json.loads(text)
            return cls(**{name: str(fields[name]) for name in cls.__slots__})
        except (ValueError, KeyError, TypeError):
            return None

    def to_json(self) -> str:
        """Write the mark."""
        return json.dumps(asdict(self))

    def is_gone(self) -> bool:
        """Whether the process cannot come back for what it made."""
        if self.boot != _boot() or self.namespace != _pid_namespace():
            return True
        return process_start(int(self.pid)) != self.start
