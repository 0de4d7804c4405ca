"""Files on their way to and from the judge: streamed, hashed, and never outside the folder asked for."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath

from judge.client.errors import ClientError

CHUNK = 256 * 1024
Progress = Callable[[int, int], None]


def chunks(path: Path, size: int, progress: Progress | None) -> Iterator[bytes]:
    """Yield exactly the announced bytes; a file that grows meanwhile is cut, one that shrinks fails."""
    n_sent = 0
    with path.open("rb") as stream:
        while n_sent < size:
            chunk = stream.read(min(CHUNK, size - n_sent))
            if not chunk:
                raise ClientError(f"{path} became shorter while it was sent")
            yield chunk
            n_sent += len(chunk)
            if progress:
                progress(n_sent, size)


def inside(folder: Path, name: str) -> Path:
    """Return where a file the server named lies below `folder`.

    Raises:
        ClientError: the name would leave the folder.
    """
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\\" in name or "\x00" in name:
        raise ClientError(f"the server named a file {name!r}, which would leave the folder")
    return folder.joinpath(*parts)


def sha256_of(path: Path) -> str:
    """Return the hash of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def save_stream(parts: Iterable[bytes], target: Path, *, sha256: str) -> None:
    """Write `parts` to `target`, which appears only whole and with the hash announced.

    Raises:
        ClientError: the bytes are not those announced.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".part")
    digest = hashlib.sha256()
    try:
        with partial.open("wb") as stream:
            for part in parts:
                digest.update(part)
                stream.write(part)
        if digest.hexdigest() != sha256:
            raise ClientError(f"{target.name} arrived damaged; try again")
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
