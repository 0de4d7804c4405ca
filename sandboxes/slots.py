"""The host folder behind one sandbox: its sockets, its inputs, its creator's mark.

    <run_dir>/sb-<token>/           0711, never visible inside
        creator.json                who made it
        slot/   -> /job/slot        ctl.sock, chan.sock, stdin
        in/     -> /job/in          the step's inputs

Both mounted folders are read-only inside. They exist before the sandbox and are filled when the step
comes, which is how a warm sandbox gets files without the engine being asked for anything.
"""

import contextlib
import os
import secrets
import shutil
import socket
import stat
import time
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from sandboxes.creators import Creator

MAX_STDIN = 64 * 1024 * 1024
# In bytes; the slot's own folder comes before it.
MAX_PART, MAX_PATH = 255, 2048
PREFIX = "sb-"
# Of this process, from before the folder exists until everything is removed: whatever else bears this
# process's mark was made for a caller that had given up waiting (an engine that answered too late).
IN_USE: set[str] = set()
# A mark is written at once; a folder without one is of a process killed in that moment.
UNMARKED_FOR_S = 600.0


def check_name(name: str) -> None:
    """Refuse a relative file name that could leave its folder.

    Raises:
        ValueError: absolute, empty, with `..`, `.` or NUL, not normalised, or more than a file system takes.
    """
    parts = PurePosixPath(name).parts
    if not name or name.startswith("/") or "\0" in name or ".." in parts or "/".join(parts) != name:
        raise ValueError(f"unsafe file name {name!r}")
    # What is no text (a lone surrogate) raises a UnicodeEncodeError here, which is a ValueError.
    if len(name.encode()) > MAX_PATH or any(len(part.encode()) > MAX_PART for part in parts):
        raise ValueError(f"unsafe file name {name[:40]!r}...: too long")


class Slot:
    """Makes and removes that folder.

    Args:
        run_dir: an existing folder of the provider's.
        creator: who is making it.
    """

    def __init__(self, run_dir: Path, creator: Creator) -> None:
        self.id = secrets.token_hex(8)
        IN_USE.add(self.id)
        self.path = run_dir / f"{PREFIX}{self.id}"
        self.socket_dir = self.path / "slot"
        self.input_dir = self.path / "in"
        try:
            for folder, mode in ((self.path, 0o711), (self.socket_dir, 0o755), (self.input_dir, 0o755)):
                folder.mkdir()
                folder.chmod(mode)  # whatever the umask was
            (self.path / "creator.json").write_text(creator.to_json(), encoding="utf-8")
        except OSError:  # the disk is full, or the folder is not ours
            self.remove()
            IN_USE.discard(self.id)
            raise

    def listen(self, name: str) -> socket.socket:
        """Listen on a Unix socket in the slot; close it with `unlisten`."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        folder = os.open(self.socket_dir, os.O_PATH | os.O_DIRECTORY)
        try:
            # A socket path may have 107 bytes; through the descriptor's the folder may be anywhere.
            listener.bind(f"/proc/self/fd/{folder}/{name}")
        finally:
            os.close(folder)
        (self.socket_dir / name).chmod(0o666)
        listener.listen(1)
        return listener

    def unlisten(self, listener: socket.socket, name: str) -> None:
        """Stop listening and take the name away, so that nobody else can connect."""
        listener.close()
        (self.socket_dir / name).unlink(missing_ok=True)

    def place_stdin(self, body: bytes) -> None:
        """Write the step's standard input."""
        path = self.socket_dir / "stdin"
        path.write_bytes(body)
        path.chmod(0o444)

    def place_input(self, name: str, source: Path, *, is_executable: bool = False) -> None:
        """Put a host file under `/job/in/<name>`, read-only.

        Args:
            name: relative name.
            source: an existing regular file; hard-linked if nobody can change it, else copied.
            is_executable: whether it gets mode 0555 instead of 0444.

        Raises:
            ValueError: the name is unsafe.
            OSError: the source cannot be read.
        """
        check_name(name)
        target = self.input_dir / name
        for parent in reversed(target.relative_to(self.input_dir).parents[:-1]):
            folder = self.input_dir / parent
            folder.mkdir(exist_ok=True)
            folder.chmod(0o755)
        mode = 0o555 if is_executable else 0o444
        if not _link(source, target, mode):
            shutil.copyfile(source, target)
            target.chmod(mode)

    def clear_case(self, inputs: Iterable[str], *, has_stdin: bool) -> None:
        """Take away what `place_input` and `place_stdin` put there for one case. Idempotent.

        Args:
            inputs: the case's names.
            has_stdin: whether it had standard input.
        """
        if has_stdin:
            (self.socket_dir / "stdin").unlink(missing_ok=True)
        for name in inputs:
            target = self.input_dir / name
            target.unlink(missing_ok=True)
            for parent in target.parents:
                if parent == self.input_dir:
                    break
                with contextlib.suppress(
                    OSError
                ):  # another case's file, or one of the whole series, is in it
                    parent.rmdir()

    def remove(self) -> None:
        """Remove the folder. Idempotent."""
        self.discard(self.path)

    @staticmethod
    def discard(path: Path) -> None:
        """Remove a slot folder, the creator's mark last so that an interrupted sweep is found again."""
        for part in ("in", "slot"):
            shutil.rmtree(path / part, ignore_errors=True)
        shutil.rmtree(path, ignore_errors=True)


def _link(source: Path, target: Path, wanted: int) -> bool:
    """Hard-link an immutable file that others may use as is; return whether that was possible."""
    mode = source.lstat().st_mode
    # A link shares the inode: a writable source could change under the step, and changing the mode of
    # an unreadable one would change it for its owner too. Both are copied instead.
    if not stat.S_ISREG(mode) or mode & 0o222 or mode & 0o005 != wanted & 0o005:
        return False
    with contextlib.suppress(OSError):  # another filesystem, or links to others' files are forbidden
        os.link(source, target, follow_symlinks=False)
        return True
    return False


def is_orphan(creator: Creator, name: str, owner: str) -> bool:
    """Whether nobody will come back for a sandbox.

    Args:
        creator: its mark.
        name: of its slot folder.
        owner: see `Creator.owner`; what others made is never an orphan of ours.
    """
    if creator.owner != owner:
        return False
    if creator == Creator.current(owner):
        return name.removeprefix(PREFIX) not in IN_USE
    return creator.is_gone()


def leftovers(run_dir: Path, owner: str) -> list[Path]:
    """List slot folders of this owner that nobody will come back for.

    Args:
        run_dir: the provider's folder.
        owner: see `Creator.owner`.
    """
    found = []
    for path in sorted(run_dir.glob(f"{PREFIX}*")):
        try:
            creator = Creator.from_json((path / "creator.json").read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError):
            creator = None
        if _is_old(path) if creator is None else is_orphan(creator, path.name, owner):
            found.append(path)
    return found


def _is_old(path: Path) -> bool:
    """Whether a folder without a mark is not just being made or removed."""
    with contextlib.suppress(OSError):
        return time.time() - path.stat().st_mtime > UNMARKED_FOR_S
    return False
