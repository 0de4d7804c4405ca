"""The sandbox's writable folders: how full they are, and how they become empty for the next case.

All three are tmpfs mounts of root's, so nothing of a participant's can replace them, and every file in
them is the participant's own. Emptying happens as the participant's user (see `hardening.acting_as`) and
only while none of its processes lives, so no name changes under our hands.
"""

import contextlib
import ctypes
import os
import stat
from collections.abc import Iterator, Mapping

MIB = 1024 * 1024
SPACE = {"/job/out": "output_mib", "/tmp": "scratch_mib", "/dev/shm": "shm_mib"}  # noqa: S108 - our own mounts
IPC_RMID = 0

_libc = ctypes.CDLL(None, use_errno=True)
_REMOVERS = {"shm": _libc.shmctl, "msg": _libc.msgctl, "sem": _libc.semctl}


def used_bytes(path: str) -> int:
    """Return how much a tmpfs holds."""
    try:
        status = os.statvfs(path)
    except OSError:
        return 0
    return (status.f_blocks - status.f_bfree) * status.f_frsize


def n_inodes(path: str) -> int:
    """Return how many files and folders a tmpfs holds, its root included."""
    status = os.statvfs(path)
    return status.f_files - status.f_ffree


def space_limits(limits: Mapping[str, float]) -> dict[str, int]:
    """Return folder → bytes that the step may have in it."""
    return {path: int(limits[name] * MIB) for path, name in SPACE.items()}


def why_disk(limits: Mapping[str, float]) -> str | None:
    """Say whether a program that failed just now ran into the end of its disk space.

    Args:
        limits: of the step.

    Returns:
        One line, or None if every folder has room and no file is as large as one may be.
    """
    for path, limit in space_limits(limits).items():
        status = os.statvfs(path)
        used = (status.f_blocks - status.f_bfree) * status.f_frsize
        if status.f_bfree == 0 or used >= limit:
            return f"{path} is full"
        if status.f_files and status.f_ffree == 0:  # gVisor counts none at all
            return f"{path} holds as many files as it may"
    # A write beyond the file limit fails once the file is exactly that long; interpreters ignore the signal.
    longest = int(limits["file_mib"] * MIB)
    for path in SPACE:
        if n_inodes(path) > 1 and any(size >= longest for size in _file_sizes(path)):
            return "a file grew up to the file limit"
    return None


def _file_sizes(root: str) -> Iterator[int]:
    folders = [root]
    while folders:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:  # closed to us, or too deep
            for entry in entries:
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    folders.append(entry.path)
                elif stat.S_ISREG(status.st_mode):
                    yield status.st_size


def is_blank() -> bool:
    """Whether all folders are empty; costs a few microseconds."""
    return all(n_inodes(path) <= 1 for path in SPACE)


def open_roots() -> None:
    """Undo what the one user of a user namespace, which owns the mounts, did to their own modes."""
    for path in SPACE:
        os.chmod(path, 0o1777)  # noqa: PTH101, S103 - the mode every one of them is made with


def make_blank() -> None:
    """Remove everything from all folders, whatever its names, modes and depth.

    Raises:
        OSError: something cannot be removed.
    """
    for path in SPACE:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            while names := os.listdir(folder):  # noqa: PTH208 - by descriptor
                for name in names:
                    _remove(folder, name)
        finally:
            os.close(folder)


def _remove(root: int, name: str) -> None:
    """Remove one entry of `root`; the folders in it move up to `root` first, so depth does not matter."""
    with contextlib.suppress(IsADirectoryError):
        os.unlink(name, dir_fd=root)
        return
    os.chmod(name, 0o700, dir_fd=root)
    folder = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=root)
    try:
        for inner in os.listdir(folder):  # noqa: PTH208 - by descriptor
            try:
                os.unlink(inner, dir_fd=folder)
            except IsADirectoryError:
                os.chmod(inner, 0o700, dir_fd=folder)
                os.rename(inner, f".{os.urandom(8).hex()}", src_dir_fd=folder, dst_dir_fd=root)
    finally:
        os.close(folder)
    os.rmdir(name, dir_fd=root)


def remove_ipc() -> None:
    """Remove System V shared memory, semaphores and queues, which outlive the processes that made them.

    POSIX message queues cannot be made by a case at all (its limit for them is 0).

    Raises:
        OSError: something cannot be removed.
    """
    for kind, remover in _REMOVERS.items():
        try:
            with open(f"/proc/sysvipc/{kind}", "rb") as file:  # noqa: PTH123 - once per case
                lines = file.read().splitlines()[1:]
        except FileNotFoundError:
            continue  # a kernel without it
        for line in lines:
            if remover(int(line.split()[1]), IPC_RMID, 0) != 0:
                raise OSError(ctypes.get_errno(), f"a System V {kind} object stays")
