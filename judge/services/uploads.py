"""Static checks of what is handed in: its name, its declared format, its bytes.

What can be told from outside is told at once and costs no quota. Whatever needs parsing (a column
that is missing, a graph that does not load) is left to the sandboxes: nothing is opened here.
"""

import json
import struct
import unicodedata
from collections.abc import Callable
from pathlib import Path

from judge.errors import UploadRejected
from judge.services.archives import MIB, ZipCaps, checked_members
from problems.formats import FORMAT_OF_SUFFIX, suffix_of
from problems.schema import Spec

MAX_NAME = 200
_HEAD_BYTES = 8192
_MAX_NOTEBOOK_BYTES = 64 * MIB
# What a file is when it begins so, in words of `scoring.kinds`: for messages, and to refuse what
# claims to be something else.
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip-empty"),
    (b"PAR1", "parquet"),
    (b"\x93NUMPY", "npy"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"7z\xbc\xaf", "7z"),
    (b"Rar!", "rar"),
    (b"\x7fELF", "elf"),
    (b"MZ", "exe"),
    (b"%PDF", "pdf"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"\xd0\xcf\x11\xe0", "xls"),
    (b"\x89HDF", "hdf5"),
)
_PICKLE = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


def safe_name(name: str) -> str:
    """Return the file's name for display.

    Raises:
        UploadRejected: `bad-filename`: it is a path, too long, empty, or has invisible characters.
    """
    name = unicodedata.normalize("NFC", name)
    if not name.strip(". "):
        raise _bad_name("The file has no name.")
    if len(name) > MAX_NAME:
        raise _bad_name("The file's name is {found} characters long; at most {limit} are allowed.", len(name))
    if "/" in name or "\\" in name:
        raise _bad_name("The file's name holds a path; send the name alone.")
    if any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for char in name):
        raise _bad_name("The file's name holds control or invisible characters; rename the file.")
    return name.strip()


def resolve_format(spec: Spec, filename: str, declared: str | None) -> str:
    """Return the format that the file is judged as.

    Args:
        spec: of the problem.
        filename: safe name.
        declared: what the contestant said, or None to go by the name.

    Raises:
        UploadRejected: `format-not-accepted`, with those that are.
    """
    accepted = spec.submission.formats
    guessed = declared or FORMAT_OF_SUFFIX.get(Path(filename).suffix.lower())
    if guessed is None and len(accepted) == 1:
        guessed = accepted[0]
    if guessed not in accepted:
        endings = ", ".join(suffix_of(name) for name in accepted)
        raise UploadRejected(
            "This problem takes {accepted} (file names ending in {endings}).",
            code="format-not-accepted",
            params={"accepted": ", ".join(accepted), "endings": endings},
            fields={"format": "Choose one of the formats this problem takes."},
        )
    return guessed


def check_file(path: Path, file_format: str) -> None:
    """Check that a file can be what it is declared to be.

    Raises:
        UploadRejected: says what it is instead and what to do.
    """
    size = path.stat().st_size
    if size == 0:
        raise UploadRejected("The file is empty.", code="empty-file")
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    _CHECKS[file_format](path, head)


def _check_text(path: Path, head: bytes) -> None:
    found = _kind_of(head)
    if found:
        raise _mismatch(FORMAT_OF_SUFFIX.get(path.suffix, ""), found)
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in head:
        raise UploadRejected(
            "The file is not UTF-8 text; save it as UTF-8 and upload it again.", code="not-utf-8"
        )


def _check_magic(magic: bytes, wanted: str) -> Callable[[Path, bytes], None]:
    def check(_path: Path, head: bytes) -> None:
        if not head.startswith(magic):
            raise _mismatch(wanted, _kind_of(head) or "unknown")

    return check


def _check_npz(path: Path, head: bytes) -> None:
    _require_zip(head, "npz")
    strangers = [name for name in checked_members(path, _caps(path)) if not name.endswith(".npy")]
    if strangers:
        raise UploadRejected(
            "The archive is not an .npz: its member {name} is not an .npy array.",
            code="format-mismatch",
            params={"name": ascii(strangers[0][:80])[1:-1]},
        )


def _check_torchscript(path: Path, head: bytes) -> None:
    _require_zip(head, "torchscript")
    names = checked_members(path, _caps(path))
    if not any(name.split("/", 1)[-1].startswith("code/") for name in names):
        if any(name.endswith("data.pkl") for name in names):
            raise _pickled()
        raise _mismatch("torchscript", "zip-no-torchscript")


def _check_torch_export(path: Path, head: bytes) -> None:
    _require_zip(head, "torch-export")
    names = checked_members(path, _caps(path))
    marks = ("archive_format", "serialized_exported_program.json")
    if not any(name.endswith(marks) for name in names):
        if any(name.endswith("data.pkl") for name in names):
            raise _pickled()
        raise _mismatch("torch-export", "zip-no-program")


def _check_skops(path: Path, head: bytes) -> None:
    _require_zip(head, "skops")
    names = checked_members(path, _caps(path))
    if "schema.json" not in names:
        raise (
            _pickled()
            if any(name.endswith("data.pkl") for name in names)
            else _mismatch("skops", "zip-no-skops")
        )


def _check_safetensors(path: Path, head: bytes) -> None:
    if len(head) < 10:
        raise _mismatch("safetensors", "short")
    (n_header,) = struct.unpack("<Q", head[:8])
    if head[8:9] != b"{" or n_header > min(path.stat().st_size - 8, 100 * MIB):
        raise (
            _pickled() if head.startswith(_PICKLE) else _mismatch("safetensors", _kind_of(head) or "unknown")
        )
    with path.open("rb") as stream:
        stream.seek(8)
        try:
            header = json.loads(stream.read(n_header))
        except (ValueError, RecursionError):
            raise _mismatch("safetensors", "damaged-header") from None
    if not isinstance(header, dict):
        raise _mismatch("safetensors", "damaged-header")


def _check_zip(path: Path, head: bytes) -> None:
    _require_zip(head, "zip")
    checked_members(path, _caps(path))


def _check_notebook(path: Path, head: bytes) -> None:
    _check_text(path, head)
    try:
        with path.open("rb") as stream:
            notebook = json.loads(stream.read(_MAX_NOTEBOOK_BYTES + 1))
    except (ValueError, RecursionError):
        raise _mismatch("ipynb", "text") from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise _mismatch("ipynb", "text")


def _check_onnx(_path: Path, head: bytes) -> None:
    found = _kind_of(head)
    if found:
        raise _mismatch("onnx", found)
    if head.startswith(_PICKLE):
        raise _pickled()
    # Protobuf has no magic: the first byte names a field of ModelProto (1…25) and how it is coded.
    if head[0] & 7 not in {0, 2} or not 1 <= head[0] >> 3 <= 25:
        raise _mismatch("onnx", "unknown")


_CHECKS: dict[str, Callable[[Path, bytes], None]] = {
    "csv": _check_text,
    "jsonl": _check_text,
    "text": _check_text,
    "py": _check_text,
    "parquet": _check_magic(b"PAR1", "parquet"),
    "npy": _check_magic(b"\x93NUMPY", "npy"),
    "npz": _check_npz,
    "onnx": _check_onnx,
    "torchscript": _check_torchscript,
    "torch-export": _check_torch_export,
    "safetensors": _check_safetensors,
    "skops": _check_skops,
    "zip": _check_zip,
    "ipynb": _check_notebook,
    **dict.fromkeys(("c", "cpp", "java", "js", "json", "yaml"), _check_text),
}


def _kind_of(head: bytes) -> str:
    return next((name for magic, name in _MAGIC if head.startswith(magic)), "")


def _require_zip(head: bytes, wanted: str) -> None:
    if head.startswith(_PICKLE):
        raise _pickled()
    if not head.startswith(b"PK\x03\x04"):
        raise _mismatch(wanted, _kind_of(head) or "unknown")


def _caps(path: Path) -> ZipCaps:
    return ZipCaps(total_bytes=max(1024 * MIB, 4 * path.stat().st_size))


def _mismatch(wanted: str, found: str) -> UploadRejected:
    if not wanted:
        return UploadRejected(
            "The file should be text but is {found_kind}.",
            code="format-mismatch",
            params={"found_kind": found},
        )
    return UploadRejected(
        "The file is declared as {wanted} but is {found_kind}.",
        code="format-mismatch",
        params={"wanted": wanted, "found_kind": found},
    )


def _pickled() -> UploadRejected:
    return UploadRejected(
        "The file is a Python pickle (made by torch.save, joblib.dump or pickle.dump), which can run code "
        "when it is read and is never accepted. Export the model as ONNX, TorchScript, torch.export, "
        "safetensors or, from scikit-learn, with skops.",
        code="pickle-refused",
    )


def _bad_name(message: str, found: int = 0) -> UploadRejected:
    return UploadRejected(message, code="bad-filename", params={"found": found, "limit": MAX_NAME})
