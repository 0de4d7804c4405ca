"""Reads declared outputs after every process of the step is gone.

Nothing here follows a link: each path component is opened relative to the one before with
O_NOFOLLOW, and only regular files with a single name are accepted. The host never touches a path
that a participant made; it gets bytes over the socket.
"""

import errno
import os
import socket
import stat
from dataclasses import dataclass, field

from .wire import CHUNK, DATA, HEADER


class Refused(Exception):
    """An output cannot be taken.

    Args:
        outcome: one of `output_missing`, `output_size`, `security`.
        detail: one line for administrators.
    """

    def __init__(self, outcome: str, detail: str) -> None:
        super().__init__(detail)
        self.outcome = outcome
        self.detail = detail


@dataclass
class Collected:
    """Open outputs, and the first reason why one could not be taken."""

    files: list[tuple[str, int, int]] = field(default_factory=list)  # name, descriptor, size
    refusal: Refused | None = None


def open_output(root: int, name: str) -> int:
    """Open one output beneath `root` without following any link.

    Raises:
        Refused: missing, or a link or special file.
    """
    parts = name.split("/")
    folder = os.dup(root)
    try:
        for part in parts[:-1]:
            deeper = _open(part, os.O_RDONLY | os.O_DIRECTORY, folder, name)
            os.close(folder)
            folder = deeper
        return _open(parts[-1], os.O_RDONLY, folder, name)
    finally:
        os.close(folder)


def _open(part: str, flags: int, folder: int, name: str) -> int:
    try:
        kind = stat.S_IFMT(os.stat(part, dir_fd=folder, follow_symlinks=False).st_mode)
        # A fifo, socket or device must not even be opened: opening may block or have effects.
        if kind not in (stat.S_IFREG, stat.S_IFDIR):
            raise Refused("security", f"output {name!r} is a link or special file")
        return os.open(part, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Refused("security", f"output {name!r} is a link") from error
        raise Refused("output_missing", f"output {name!r}: {error.strerror}") from error


def check_output(descriptor: int, name: str, max_bytes: int) -> int:
    """Return the size of an opened output.

    Raises:
        Refused: not a plain file, has another name, or is too large.
    """
    status = os.fstat(descriptor)
    if stat.S_ISDIR(status.st_mode):
        raise Refused("output_missing", f"output {name!r} is a folder")
    if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
        raise Refused("security", f"output {name!r} is a hard link or special file")
    if status.st_size > max_bytes:
        raise Refused("output_size", f"output {name!r} has {status.st_size} bytes, allowed {max_bytes}")
    return status.st_size


def collect(folder: str, wanted: list[tuple[str, int, bool]], most: int) -> Collected:
    """Open every declared output that can be taken.

    Args:
        folder: the step's output folder, a mount point the step cannot replace.
        wanted: name, largest size in bytes, whether it is required.
        most: bytes of all together. Files full of holes can be larger than the folder they lie in.
    """
    found = Collected()
    root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        for name, max_bytes, is_required in wanted:
            try:
                _take(found, root, name, max_bytes, most)
            except Refused as refusal:
                is_absent = refusal.outcome == "output_missing" and not is_required
                if found.refusal is None and not is_absent:
                    found.refusal = refusal
    finally:
        os.close(root)
    return found


def _take(found: Collected, root: int, name: str, max_bytes: int, most: int) -> None:
    descriptor = open_output(root, name)
    try:
        room = most - sum(taken for _, _, taken in found.files)
        size = check_output(descriptor, name, min(max_bytes, room))
    except Refused:
        os.close(descriptor)
        raise
    found.files.append((name, descriptor, size))


def stream(sock: socket.socket, descriptor: int, size: int) -> None:
    """Send exactly `size` bytes of an open file as data frames, and close it."""
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        remaining = size
        while remaining:
            body = file.read(min(CHUNK, remaining))
            if not body:  # cannot happen once all processes are dead; never send a short file
                raise OSError(errno.EIO, "output shrank while it was read")
            sock.sendall(HEADER.pack(DATA, len(body)) + body)
            remaining -= len(body)
