"""Blobs in an object store (S3 and what speaks its language), with a local cache for readers.

Sandboxes need files, so a blob that is judged is downloaded once per host. The cache is bounded:
the blobs that were not used for longest go first.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import obstore
from obstore.store import ObjectStore, S3Store

from judge.storage.base import Blob, Staged, StagingStore, checked

DEFAULT_CACHE_BYTES = 20 * 1024**3


def open_s3(bucket: str) -> ObjectStore:
    """Open a bucket; credentials, region and endpoint come from the usual AWS variables."""
    return S3Store(bucket)


class ObjectStoreBlobs(StagingStore):
    """See `judge.storage.base.BlobStore`.

    Args:
        store: any obstore store.
        prefix: put before every key.
        cache: local folder for downloads; a private temporary one when None.
        cache_bytes: how large it may grow.
    """

    def __init__(
        self,
        store: ObjectStore,
        *,
        prefix: str = "",
        cache: Path | None = None,
        cache_bytes: int = DEFAULT_CACHE_BYTES,
    ) -> None:
        self._owned = None if cache else tempfile.TemporaryDirectory(prefix="judge-blobs-")
        self._cache = cache or Path(self._owned.name if self._owned else "")
        super().__init__(self._cache / "staging")
        self._cache.chmod(0o755)
        self._store = store
        self._prefix = f"{prefix}/" if prefix else ""
        self._cache_bytes = cache_bytes

    def keep(self, staged: Staged) -> Blob:
        """See `BlobStore.keep`."""
        if not self.exists(staged.sha256):
            obstore.put(self._store, self._key(staged.sha256), staged.path)
        return Blob(staged.sha256, staged.size)

    def open(self, sha256: str) -> BinaryIO:
        """See `BlobStore.open`."""
        return self.local_path(sha256).open("rb")

    def local_path(self, sha256: str) -> Path:
        """See `BlobStore.local_path`."""
        target = self._cache / checked(sha256)
        if target.is_file():
            os.utime(target)
            return target
        with self.stage(self._download(sha256), max_bytes=2**63) as staged:
            if staged.sha256 != sha256:
                raise OSError(f"blob {sha256} is damaged in the object store")
            staged.path.chmod(0o444)
            staged.path.replace(target)
        self._evict(keeping=target)
        return target

    def exists(self, sha256: str) -> bool:
        """See `BlobStore.exists`."""
        try:
            obstore.head(self._store, self._key(sha256))
        except FileNotFoundError:
            return False
        return True

    def delete(self, sha256: str) -> None:
        """See `BlobStore.delete`."""
        (self._cache / checked(sha256)).unlink(missing_ok=True)
        if self.exists(sha256):
            obstore.delete(self._store, self._key(sha256))

    def _key(self, sha256: str) -> str:
        return f"{self._prefix}{checked(sha256)[:2]}/{sha256[2:]}"

    def _download(self, sha256: str) -> Iterator[bytes]:
        for chunk in obstore.get(self._store, self._key(sha256)).stream():
            yield bytes(chunk)

    def _evict(self, *, keeping: Path) -> None:
        files = [path for path in self._cache.iterdir() if path.is_file() and path != keeping]
        files.sort(key=lambda path: path.stat().st_mtime)
        total = keeping.stat().st_size + sum(path.stat().st_size for path in files)
        for path in files:
            if total <= self._cache_bytes:
                return
            total -= path.stat().st_size
            path.unlink(missing_ok=True)  # open descriptors and sandbox links keep their bytes
