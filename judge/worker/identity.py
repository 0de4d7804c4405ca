"""A worker's name: stable over restarts, never held by two live processes.

The name is a number locked in a file; the kernel drops the lock with the process, however it dies. So
whoever holds a name knows that earlier work under it is orphaned, and takes it over at once.
"""

import fcntl
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from judge.errors import ConfigurationError
from judge.settings import Settings, secrets_digest

_MAX_WORKERS = 256


@dataclass(frozen=True, slots=True)
class Identity:
    """A held name.

    Attributes:
        name: `host/home/number`, written on leases and receipts.
        owner: the same as a label, for sandboxes.
        descriptor: of the lock; closing it gives the name up.
    """

    name: str
    owner: str
    descriptor: int

    def release(self) -> None:
        """Give the name up."""
        os.close(self.descriptor)


def take_identity(settings: Settings) -> Identity:
    """Take the first free name on this host.

    Raises:
        ConfigurationError: all are taken.
    """
    folder: Path = settings.run_dir
    digest = secrets_digest(str(settings.home.resolve()))
    for number in range(_MAX_WORKERS):
        descriptor = os.open(folder / f"worker-{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            continue
        host = socket.gethostname()[:60]
        return Identity(f"{host}/{digest}/{number}", f"{digest}-{number}", descriptor)
    raise ConfigurationError("{limit} workers run here already.", params={"limit": _MAX_WORKERS})
