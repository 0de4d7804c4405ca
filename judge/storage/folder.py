"""Blobs in a folder: `<root>/ab/cd…`, written by rename so that a reader sees all of a blob or none."""

import os
from pathlib import Path
from typing import BinaryIO

from judge.storage.base import Blob, Staged, StagingStore, checked


class FolderStore(StagingStore):
    """See `judge.storage.base.BlobStore`.

    Args:
        root: made when missing. Staging lies inside it: a rename must not cross file systems.
    """

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True, mode=0o755)
        super().__init__(root / "staging")
        self._root = root

    def keep(self, staged: Staged) -> Blob:
        """See `BlobStore.keep`."""
        target = self._path(staged.sha256)
        if not target.exists():
            target.parent.mkdir(exist_ok=True, mode=0o755)
            # Readable by all: a sandbox of another user gets this very file, read-only.
            staged.path.chmod(0o444)
            staged.path.replace(target)
            _sync_folder(target.parent)
        return Blob(staged.sha256, staged.size)

    def open(self, sha256: str) -> BinaryIO:
        """See `BlobStore.open`."""
        return self._path(sha256).open("rb")

    def local_path(self, sha256: str) -> Path:
        """See `BlobStore.local_path`."""
        path = self._path(sha256)
        if not path.is_file():
            raise FileNotFoundError(f"blob {sha256}")
        return path

    def exists(self, sha256: str) -> bool:
        """See `BlobStore.exists`."""
        return self._path(sha256).is_file()

    def delete(self, sha256: str) -> None:
        """See `BlobStore.delete`."""
        self._path(sha256).unlink(missing_ok=True)

    def _path(self, sha256: str) -> Path:
        return self._root / checked(sha256)[:2] / sha256[2:]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
