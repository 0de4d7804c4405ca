"""Looks a zip over before anybody unpacks it: several submission formats are zips underneath.

Nothing is written to disk. Members are inflated and counted, because the sizes that a zip declares
are only what its maker says.
"""

import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from judge.errors import UploadRejected

MIB = 1024 * 1024
_CHUNK = 256 * 1024
_MAX_NAME = 255
_MAX_DEPTH = 20
# Small archives may compress as well as they like.
_RATIO_FREE_BYTES = 16 * MIB


@dataclass(frozen=True, slots=True)
class ZipCaps:
    """Bounds of an archive."""

    n_members: int = 20_000
    total_bytes: int = 4096 * MIB
    ratio: int = 200


def checked_members(path: Path, caps: ZipCaps) -> list[str]:
    """Check an archive and list its members' names.

    Raises:
        UploadRejected: `archive-damaged`, `archive-name`, `archive-link`, `archive-encrypted`,
            `archive-too-many` or `archive-bomb`.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > caps.n_members:
                raise UploadRejected(
                    "The archive has {found} members; at most {limit} are allowed.",
                    code="archive-too-many",
                    params={"found": len(members), "limit": caps.n_members},
                )
            for member in members:
                _check_member(member)
            _check_duplicates(members)
            _inflate(archive, members, caps, path.stat().st_size)
            return [member.filename for member in members]
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
        raise UploadRejected(
            "The archive is damaged or cut off; make it again and upload it again.",
            code="archive-damaged",
            detail=str(error)[:200],
        ) from error


def _check_member(member: zipfile.ZipInfo) -> None:
    # `filename` stops at a NUL and has separators turned; the original must be fine too.
    name = member.orig_filename
    shown = ascii(name[:80])[1:-1]
    parts = name.split("/")
    if (
        not name
        or name.startswith("/")
        or "\\" in name
        or ":" in parts[0]
        or ".." in parts
        or len(name) > _MAX_NAME
        or len(parts) > _MAX_DEPTH
        or any(ord(char) < 32 or ord(char) == 127 for char in name)
    ):
        raise UploadRejected(
            "The archive's member {name} has an unsafe name: use plain relative paths.",
            code="archive-name",
            params={"name": shown},
        )
    if member.flag_bits & 0x1:
        raise UploadRejected(
            "The archive's member {name} is encrypted; upload it without a password.",
            code="archive-encrypted",
            params={"name": shown},
        )
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise UploadRejected(
            "The archive's member {name} is a link or a special file; put in the file itself.",
            code="archive-link",
            params={"name": shown},
        )


def _check_duplicates(members: list[zipfile.ZipInfo]) -> None:
    seen = set()
    for member in members:
        if member.filename in seen:
            raise UploadRejected(
                "The archive has two members called {name}.",
                code="archive-name",
                params={"name": ascii(member.filename[:80])[1:-1]},
            )
        seen.add(member.filename)


def _inflate(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], caps: ZipCaps, n_packed: int) -> None:
    allowed = min(caps.total_bytes, max(_RATIO_FREE_BYTES, caps.ratio * n_packed))
    if sum(member.file_size for member in members) > allowed:
        raise _bomb(allowed)
    total = 0
    for member in members:
        if member.is_dir():
            continue
        with archive.open(member) as stream:
            while chunk := stream.read(_CHUNK):
                total += len(chunk)
                if total > allowed:
                    raise _bomb(allowed)


def _bomb(allowed: int) -> UploadRejected:
    return UploadRejected(
        "The archive unpacks to more than {limit_mib} MiB; that is not allowed.",
        code="archive-bomb",
        params={"limit_mib": allowed // MIB},
    )
