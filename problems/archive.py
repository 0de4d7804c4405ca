"""Packs a package into a zip whose bytes depend on its contents alone.

The store is content-addressed: the same package published twice must be the same blob, whatever the
clock and the file modes say.
"""

import zipfile
from collections.abc import Iterable
from pathlib import Path

from problems.loader import Package, PackageFile

_EPOCH = (1980, 1, 1, 0, 0, 0)
_PLAIN_FILE = 0o100644 << 16


def pack(package: Package, target: Path) -> Path:
    """Write the whole package, hidden data included. `load` reads it back.

    Args:
        package: a loaded package.
        target: zip to write.

    Returns:
        `target`.
    """
    return _write(target, ((entry.name, entry) for entry in package.files.values()))


def pack_public(package: Package, target: Path) -> Path:
    """Write what contestants download: `public/` and the statement, below a folder of the slug.

    Args:
        package: a loaded package.
        target: zip to write.

    Returns:
        `target`.
    """
    slug = package.spec.slug
    shown = [(f"{slug}/{entry.name.removeprefix('public/')}", entry) for entry in package.below("public")]
    shown += [(f"{slug}/{entry.name}", entry) for entry in package.below("statement")]
    return _write(target, shown)


def _write(target: Path, entries: Iterable[tuple[str, PackageFile]]) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, entry in sorted(entries, key=lambda pair: pair[0]):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = _PLAIN_FILE
            info.create_system = 3
            with entry.path.open("rb") as source, archive.open(info, "w") as sink:
                while chunk := source.read(1024 * 1024):
                    sink.write(chunk)
    return target
