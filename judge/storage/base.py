"""What a blob store promises, and how one is opened.

A blob is named by the hash of its bytes: the same bytes twice are stored once, and nothing is ever
changed in place. New bytes are *staged* first (streamed to disk and hashed), looked at, and only
then kept, so that a refused upload never becomes a blob.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import unquote, urlsplit

from judge.errors import ConfigurationError, PayloadTooLarge

CHUNK_BYTES = 1024 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Blob:
    """A kept blob.

    Attributes:
        sha256: lower-case hex; the blob's name.
        size: bytes.
    """

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Staged:
    """Bytes on local disk that are not a blob yet.

    Attributes:
        path: where they are, until the `stage` block ends.
        sha256: their hash.
        size: bytes.
    """

    path: Path
    sha256: str
    size: int


class BlobStore(Protocol):
    """Content-addressed storage. Thread-safe."""

    @contextmanager
    def stage(self, chunks: Iterable[bytes], *, max_bytes: int) -> Iterator[Staged]:
        """Stream to local disk in constant memory while hashing; removed when the block ends.

        Raises:
            PayloadTooLarge: more than `max_bytes` came; nothing is left behind.
        """
        ...

    def keep(self, staged: Staged) -> Blob:
        """Make a blob of what is staged, atomically. The same bytes again change nothing."""
        ...

    def open(self, sha256: str) -> BinaryIO:
        """Open for reading. Raises `FileNotFoundError`."""
        ...

    def local_path(self, sha256: str) -> Path:
        """Return a local file with the bytes; never write to it. Raises `FileNotFoundError`."""
        ...

    def exists(self, sha256: str) -> bool:
        """Whether it is kept here."""
        ...

    def delete(self, sha256: str) -> None:
        """Forget it. Nothing happens when it is not there."""
        ...

    def put_stream(self, chunks: Iterable[bytes], *, max_bytes: int) -> Blob:
        """Stage and keep in one step."""
        ...

    def put_file(self, path: Path) -> Blob:
        """Keep a copy of a local file."""
        ...


class StagingStore:
    """The half that both stores share: staging in a local folder."""

    def __init__(self, staging: Path) -> None:
        self._staging = staging
        staging.mkdir(parents=True, exist_ok=True, mode=0o700)

    @contextmanager
    def stage(self, chunks: Iterable[bytes], *, max_bytes: int) -> Iterator[Staged]:
        """See `BlobStore.stage`."""
        descriptor, name = tempfile.mkstemp(dir=self._staging)
        path = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                digest, size = _pour(chunks, stream, max_bytes)
            yield Staged(path, digest, size)
        finally:
            path.unlink(missing_ok=True)

    def keep(self, staged: Staged) -> Blob:
        """See `BlobStore.keep`."""
        raise NotImplementedError

    def put_stream(self, chunks: Iterable[bytes], *, max_bytes: int) -> Blob:
        """See `BlobStore.put_stream`."""
        with self.stage(chunks, max_bytes=max_bytes) as staged:
            return self.keep(staged)

    def put_file(self, path: Path) -> Blob:
        """See `BlobStore.put_file`."""
        with path.open("rb") as stream:
            return self.put_stream(iter(lambda: stream.read(CHUNK_BYTES), b""), max_bytes=2**63)


def _pour(chunks: Iterable[bytes], stream: BinaryIO, max_bytes: int) -> tuple[str, int]:
    digest = hashlib.sha256()
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > max_bytes:
            raise PayloadTooLarge(params={"limit_mib": f"{max_bytes / 1024 / 1024:g}"})
        digest.update(chunk)
        stream.write(chunk)
    stream.flush()
    os.fsync(stream.fileno())
    return digest.hexdigest(), size


def checked(sha256: str) -> str:
    """Return `sha256` when it is one: it becomes part of a path."""
    if not _SHA256.fullmatch(sha256):
        raise ValueError("not a lower-case SHA-256")
    return sha256


def open_store(url: str) -> BlobStore:
    """Open the store that a URL names.

    Args:
        url: `file:///folder` or `s3://bucket/prefix`.

    Raises:
        ConfigurationError: any other scheme, or no bucket.
    """
    from judge.storage.folder import FolderStore
    from judge.storage.s3 import ObjectStoreBlobs, open_s3

    parts = urlsplit(url)
    if parts.scheme == "file" and parts.netloc in {"", "localhost"} and parts.path:
        return FolderStore(Path(unquote(parts.path)))
    if parts.scheme == "s3" and parts.netloc:
        return ObjectStoreBlobs(open_s3(parts.netloc), prefix=parts.path.strip("/"))
    raise ConfigurationError(
        "JUDGE_BLOB_URL is {url}; write file:///a/folder or s3://bucket/prefix.", params={"url": url}
    )
