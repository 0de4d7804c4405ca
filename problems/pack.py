"""Packs a package into a zip whose bytes depend on nothing but the package: for mail, archives and CI."""

import zipfile
from pathlib import Path

from problems.loader import Package

# The earliest instant that a zip can tell; times of files say when somebody copied them.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644
_COPY_BYTES = 1024 * 1024


def pack(package: Package, out: Path) -> None:
    """Write all files of a package, in the order of their names.

    Args:
        package: loaded.
        out: the zip; replaced when it is there.

    Raises:
        OSError: it cannot be written.
    """
    draft = out.with_name(f".{out.name}.part")
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, file in sorted(package.files.items()):
            member = zipfile.ZipInfo(name, _EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = _MODE << 16
            with file.path.open("rb") as source, archive.open(member, "w", force_zip64=True) as sink:
                while chunk := source.read(_COPY_BYTES):
                    sink.write(chunk)
    draft.replace(out)
