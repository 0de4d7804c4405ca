"""Blobs by their SHA-256: a folder on one machine, a bucket for a fleet."""

from judge.storage.base import Blob, BlobStore, Staged, open_store

__all__ = ["Blob", "BlobStore", "Staged", "open_store"]
