"""The digest of an image's contents: the same for every build from the same inputs.

Runs inside a container of the image, on the standard library alone. It is SHA-256 over one record per
file, folder and link of the whole tree, sorted by path: kind, mode, owner, group, file capabilities,
SHA-256 of the content or the target of the link, path. Times are left out: they say when it was built.
"""

import hashlib
import os
import stat
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# Where engines mount something of their own or of ours, in every container or in that of the build.
MOUNTED = frozenset(
    {
        "/proc",
        "/sys",
        "/dev",
        "/mnt",
        "/etc/hosts",
        "/etc/hostname",
        "/etc/resolv.conf",
        "/etc/mtab",
        "/.dockerenv",
    }
)


def paths() -> Iterator[str]:
    """Walk the tree; folders that are mount points are left out."""
    waiting = ["/"]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.path in MOUNTED:
                    continue
                yield entry.path
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)


def record(path: str) -> bytes:
    """Return what the digest says of one path."""
    state = os.lstat(path)
    told = ""
    if stat.S_ISREG(state.st_mode):
        with Path(path).open("rb") as stream:
            told = hashlib.file_digest(stream, "sha256").hexdigest()
    elif stat.S_ISLNK(state.st_mode):
        told = str(Path(path).readlink())
    try:
        capabilities = os.getxattr(path, "security.capability", follow_symlinks=False).hex()
    except OSError:
        capabilities = ""
    mode = f"{stat.S_IFMT(state.st_mode):o} {stat.S_IMODE(state.st_mode):o}"
    return os.fsencode(f"{path}\0{mode} {state.st_uid} {state.st_gid} {capabilities}\0{told}\0\n")


def digest() -> str:
    """Return the digest of this tree, `sha256:` and hex."""
    whole = hashlib.sha256()
    with ThreadPoolExecutor(4) as pool:
        for line in pool.map(record, sorted(paths()), chunksize=64):
            whole.update(line)
    return f"sha256:{whole.hexdigest()}"


if __name__ == "__main__":
    sys.stdout.write(digest() + "\n")
