"""Tells a file's format from its name and checks it against its first bytes."""

from pathlib import Path

from scoring.faults import FaultLog

SUFFIXES = {
    ".csv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".npy": "npy",
    ".npz": "npz",
    ".txt": "text",
}
# First bytes → what it is, in words of `scoring.kinds`; ours by their format's name.
_MAGIC = (
    (b"PAR1", "parquet"),
    (b"\x93NUMPY", "npy"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x80\x02", "pickle"),
    (b"\x80\x03", "pickle"),
    (b"\x80\x04", "pickle"),
    (b"\x80\x05", "pickle"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xd0\xcf\x11\xe0", "xls"),
    (b"\x89PNG", "picture"),
    (b"%PDF", "pdf"),
    (b"\x89HDF", "hdf5"),
    (b"SQLite format 3", "sqlite"),
)
_TEXT_FORMATS = ("csv", "jsonl", "text")
_HEAD_BYTES = 4096


def _sniff(head: bytes) -> str:
    """Return what the first bytes say: a format of ours, a foreign one, or `text`."""
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return "xlsx" if name == "zip" and b"[Content_Types].xml" in head else name
    return "binary" if b"\0" in head else "text"


def _text_format(head: bytes) -> str:
    return "jsonl" if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{" else "csv"


def check_format(path: Path, faults: FaultLog) -> str:
    """Return the format to read `path` in: `csv`, `jsonl`, `parquet`, `npy` or `npz`.

    The suffix declares it. Without a known suffix the content decides.

    Raises:
        SubmissionRefused: empty, of no known format, or content that is not what the name says.
    """
    if not path.is_file():
        raise faults.refuse("file-missing")
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head.removeprefix(b"\xef\xbb\xbf").strip():
        raise faults.refuse("file-empty")
    found = _sniff(head)
    declared = SUFFIXES.get(path.suffix.lower())
    if declared is None:
        declared = {"text": _text_format(head), "zip": "npz"}.get(found, found)
        if declared not in SUFFIXES.values():
            raise faults.refuse(
                "file-unknown-format", found_kind=found, expected="CSV, Parquet, JSONL, NPY, NPZ"
            )
        return declared
    if declared in _TEXT_FORMATS:
        if found != "text":
            raise faults.refuse("file-not-text", format=declared, found_kind=found)
    elif {"zip": "npz"}.get(found, found) != declared:
        raise faults.refuse("file-wrong-format", format=declared, found_kind=found)
    return declared
