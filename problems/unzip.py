"""Takes a zip apart without believing a word it says.

Sizes are counted while bytes come out, not read from the headers; the central directory is bounded
before it is parsed; nothing is ever written through a link or outside the target folder.
"""

import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from problems.errors import PackageError
from problems.names import name_fault

MIB = 1024 * 1024
_CHUNK = 256 * 1024
_EOCD = b"PK\x05\x06"
_EOCD_BYTES = 22


@dataclass(frozen=True, slots=True)
class Caps:
    """Bounds of a package, zipped or not."""

    n_files: int = 4000
    total_mib: int = 2048
    file_mib: int = 1024
    zip_mib: int = 1024
    directory_mib: int = 4


DEFAULT_CAPS = Caps()


def extract(
    archive: Path,
    into: Path,
    caps: Caps = DEFAULT_CAPS,
    *,
    is_unwanted: Callable[[str], bool] | None = None,
    keeps_folder: bool = False,
) -> None:
    """Write the members of a zip below a folder.

    A single folder that wraps everything is dropped, as most tools make one, unless it is to be kept.

    Args:
        archive: the zip.
        into: an existing empty folder. On failure it may be left partly filled; the caller removes it.
        caps: bounds.
        is_unwanted: tells names that are left where they are, whatever else is wrong with them; given for
            archives that were not made for us, in which a name may also occur twice.
        keeps_folder: whether names inside the archive are used as they are.

    Raises:
        PackageError: codes `zip-unreadable`, `zip-size`, `zip-entries`, `zip-entry`, `zip-name`,
            `zip-duplicate`, `zip-bomb`.
    """
    if archive.stat().st_size > caps.zip_mib * MIB:
        raise PackageError.at("zip-size", f"larger than {caps.zip_mib} MiB")
    with archive.open("rb") as stream:
        _check_directory(stream, caps)
        try:
            with zipfile.ZipFile(stream) as opened:
                _extract_all(opened, into, caps, is_unwanted, keeps_folder)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, struct.error) as error:
            raise PackageError.at("zip-unreadable", f"is not a readable zip: {str(error)[:100]}") from None
        except (RuntimeError, ValueError, OverflowError, UnicodeError) as error:
            raise PackageError.at("zip-unreadable", f"has broken headers: {str(error)[:100]}") from None


def _check_directory(stream: BinaryIO, caps: Caps) -> None:
    """Bound the central directory, which `zipfile` would read into memory whole."""
    end = stream.seek(0, 2)
    stream.seek(max(0, end - _EOCD_BYTES - 65_535))
    tail = stream.read()
    at = tail.rfind(_EOCD)
    if at < 0 or len(tail) - at < _EOCD_BYTES:
        raise PackageError.at("zip-unreadable", "is not a zip: its directory is missing or cut off")
    n_entries, directory_bytes = struct.unpack_from("<HL", tail, at + 10)
    if n_entries > caps.n_files or directory_bytes > caps.directory_mib * MIB:
        raise PackageError.at("zip-entries", f"has more than {caps.n_files} entries")


def _extract_all(
    opened: zipfile.ZipFile,
    into: Path,
    caps: Caps,
    is_unwanted: Callable[[str], bool] | None,
    keeps_folder: bool,
) -> None:
    members = [info for info in opened.infolist() if not info.is_dir()]
    if is_unwanted is not None:
        # Of entries with one name the last counts, as with every tool that unpacks over what is there.
        wanted = {info.filename: info for info in members if not is_unwanted(info.orig_filename)}
        members = list(wanted.values())
    if len(members) > caps.n_files:
        raise PackageError.at("zip-entries", f"has more than {caps.n_files} entries")
    for info in members:
        _check_entry(info)
    prefix = "" if keeps_folder else _common_folder([info.filename for info in members])
    names = [info.filename[len(prefix) :] for info in members]
    _check_collisions(names)
    budget = caps.total_mib * MIB
    for info, name in zip(members, names, strict=True):
        budget -= _write_member(opened, info, into / name, min(budget, caps.file_mib * MIB))


def _check_entry(info: zipfile.ZipInfo) -> None:
    shown = ascii(info.orig_filename[:80])
    fault = name_fault(info.orig_filename)
    if fault:
        raise PackageError.at("zip-name", f"entry {shown} {fault}")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in {0, stat.S_IFREG}:
        raise PackageError.at("zip-entry", f"entry {shown} is a link or special file; pack plain files only")
    if info.header_offset < 0:  # zipfile would seek there, and the system would refuse
        raise PackageError.at("zip-unreadable", f"entry {shown} lies before the file's beginning")
    if info.flag_bits & 0x1:
        raise PackageError.at("zip-entry", f"entry {shown} is encrypted")
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise PackageError.at("zip-entry", f"entry {shown} uses an unusual compression; use deflate")


def _common_folder(names: list[str]) -> str:
    if any(name == "problem.yaml" for name in names):
        return ""
    tops = {name.partition("/")[0] for name in names}
    if len(tops) == 1 and all("/" in name for name in names):
        return f"{tops.pop()}/"
    return ""


def _check_collisions(names: list[str]) -> None:
    """Refuse names that are one file on some disk, or a file and a folder at once."""
    seen = {name.casefold() for name in names}
    if len(seen) != len(names):
        raise PackageError.at("zip-duplicate", "two entries have the same name (capitals do not count)")
    for name in seen:
        parts = name.split("/")
        if any("/".join(parts[:i]) in seen for i in range(1, len(parts))):
            raise PackageError.at("zip-duplicate", "one entry is both a file and a folder")


def _write_member(opened: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, budget: int) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    n_written = 0
    with opened.open(info) as source, target.open("xb") as sink:
        while chunk := source.read(_CHUNK):
            n_written += len(chunk)
            if n_written > budget:
                shown = ascii(info.filename[:80])
                raise PackageError.at("zip-bomb", f"entry {shown} unpacks to more than a package may hold")
            sink.write(chunk)
    return n_written
