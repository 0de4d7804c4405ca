"""Who runs on a home folder: the lock that keeps two stacks apart, and what the running one says of itself.

Two supervisors on one folder would share a database and fight over one Valkey socket, so the folder is
locked with `flock`: the kernel drops the lock when the holder dies, so a crash leaves nothing stale.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from judge.errors import ConfigurationError

LOCK_NAME = "up.lock"
STATE_NAME = "up.json"


@dataclass(frozen=True, slots=True)
class RunningStack:
    """What a running stack says of itself.

    Attributes:
        pid: the supervisor.
        url: where the portal answers.
        parts: name of a part → its process id.
    """

    pid: int
    url: str
    parts: dict[str, int]


@contextmanager
def locked_home(home: Path) -> Iterator[None]:
    """Hold the home folder for one supervisor.

    Raises:
        ConfigurationError: another supervisor holds it; says which process and address.
    """
    descriptor = os.open(home / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _already_running(home) from None
        yield
    finally:
        os.close(descriptor)


def is_locked(home: Path) -> bool:
    """Whether a supervisor holds the home folder now."""
    path = home / LOCK_NAME
    if not path.is_file():
        return False
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def find_running(home: Path) -> RunningStack | None:
    """Return the stack that is up and ready on this home folder, if there is one."""
    if not is_locked(home):
        return None
    try:
        said = json.loads((home / STATE_NAME).read_text(encoding="utf-8"))
        return RunningStack(pid=int(said["pid"]), url=str(said["url"]), parts=dict(said["parts"]))
    except (FileNotFoundError, json.JSONDecodeError, KeyError):
        return None  # locked, but still starting or already stopping


def announce(home: Path, stack: RunningStack) -> None:
    """Write what is running, in one step, so a reader never sees half of it."""
    path = home / STATE_NAME
    draft = path.with_suffix(f".{os.getpid()}")
    said = {"pid": stack.pid, "url": stack.url, "parts": stack.parts}
    draft.write_text(json.dumps(said, indent=1), encoding="utf-8")
    draft.replace(path)


def withdraw(home: Path) -> None:
    """Forget what was announced."""
    (home / STATE_NAME).unlink(missing_ok=True)


def _already_running(home: Path) -> ConfigurationError:
    """Return the error for a home folder that is taken."""
    running = find_running(home)
    if running is None:
        return ConfigurationError(
            "A judge is already starting or stopping on {home}.",
            params={"home": str(home)},
            code="already-running",
        )
    return ConfigurationError(
        "The judge is already running on {home}: {url} (process {pid}). Stop it with Ctrl-C in its terminal "
        "or with: kill {pid}",
        params={"home": str(home), "url": running.url, "pid": running.pid},
        code="already-running",
    )
