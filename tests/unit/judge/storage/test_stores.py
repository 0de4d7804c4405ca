"""One suite for every blob store."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from obstore.store import LocalStore, MemoryStore

from judge.errors import ConfigurationError, PayloadTooLarge
from judge.storage import BlobStore, open_store
from judge.storage.folder import FolderStore
from judge.storage.s3 import ObjectStoreBlobs


@pytest.fixture(params=["folder", "memory", "local"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    if request.param == "folder":
        return FolderStore(tmp_path / "blobs")
    if request.param == "memory":
        return ObjectStoreBlobs(MemoryStore(), prefix="p", cache=tmp_path / "cache")
    (tmp_path / "bucket").mkdir()
    return ObjectStoreBlobs(LocalStore(str(tmp_path / "bucket")), cache=tmp_path / "cache")


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_bytes_come_back(store: BlobStore) -> None:
    body = os.urandom(3_000_000)
    blob = store.put_stream((body[i : i + 1000] for i in range(0, len(body), 1000)), max_bytes=len(body))
    assert blob.sha256 == hashlib.sha256(body).hexdigest()
    assert blob.size == len(body)
    assert store.exists(blob.sha256)
    with store.open(blob.sha256) as stream:
        assert stream.read() == body
    path = store.local_path(blob.sha256)
    assert path.read_bytes() == body
    assert path.stat().st_mode & 0o222 == 0
    assert store.put_stream([body], max_bytes=len(body)) == blob


def test_too_many_bytes_leave_nothing(store: BlobStore, tmp_path: Path) -> None:
    with pytest.raises(PayloadTooLarge) as caught:
        store.put_stream((b"x" * 1000 for _ in range(100)), max_bytes=50_000)
    assert caught.value.status == 413
    assert files(tmp_path) == []


def test_a_broken_stream_leaves_nothing(store: BlobStore, tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"abc"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.put_stream(broken(), max_bytes=100)
    assert files(tmp_path) == []


def test_staged_bytes_are_no_blob_until_kept(store: BlobStore, tmp_path: Path) -> None:
    with store.stage([b"abc"], max_bytes=10) as staged:
        assert staged.path.read_bytes() == b"abc"
        assert not store.exists(staged.sha256)
    assert files(tmp_path) == []


def test_missing_and_deleted_blobs(store: BlobStore) -> None:
    name = "0" * 64
    assert not store.exists(name)
    for read in (store.open, store.local_path):
        with pytest.raises(FileNotFoundError):
            read(name)
    blob = store.put_stream([b"abc"], max_bytes=10)
    store.delete(blob.sha256)
    store.delete(blob.sha256)
    assert not store.exists(blob.sha256)


@pytest.mark.parametrize("name", ["../../etc/passwd", "0" * 63, "G" * 64, "0" * 64 + "\n", ""])
def test_names_that_are_no_hash(store: BlobStore, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        store.local_path(name)


def test_the_cache_is_bounded(tmp_path: Path) -> None:
    store = ObjectStoreBlobs(MemoryStore(), cache=tmp_path, cache_bytes=2500)
    blobs = [store.put_stream([bytes([i]) * 1000], max_bytes=1000) for i in range(5)]
    for blob in blobs:
        store.local_path(blob.sha256)
    assert sum(path.stat().st_size for path in files(tmp_path)) <= 2500
    assert store.local_path(blobs[0].sha256).read_bytes() == b"\0" * 1000


@pytest.mark.parametrize("url", ["ftp://x/y", "s3://", "/plain/path", "file://host/x", ""])
def test_wrong_urls(url: str) -> None:
    with pytest.raises(ConfigurationError):
        open_store(url)
