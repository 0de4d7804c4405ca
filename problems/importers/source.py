"""Reads a foreign package's files: from a folder or a zip, within caps, never from outside of it."""

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from problems.errors import PackageError
from problems.loader import IGNORED
from problems.unzip import DEFAULT_CAPS, MIB, Caps, extract

MAX_TEXT_BYTES = 4 * MIB


@dataclass(frozen=True, slots=True)
class Source:
    """The files of a foreign package.

    Attributes:
        name: of its folder or zip.
        files: path inside the package → file, sorted by path.
    """

    name: str
    files: Mapping[str, Path]

    def below(self, folder: str) -> dict[str, Path]:
        """Return the files below a folder, by their path inside it."""
        prefix = folder.rstrip("/") + "/"
        return {
            path.removeprefix(prefix): file for path, file in self.files.items() if path.startswith(prefix)
        }

    def text(self, path: str) -> str:
        """Return a file's text.

        Raises:
            PackageError: `file-missing`, `file-too-large`, or `not-utf-8`.
        """
        file = self.files.get(path)
        if file is None:
            raise PackageError.at("file-missing", "the package names it, but it is not there", path)
        if file.stat().st_size > MAX_TEXT_BYTES:
            raise PackageError.at("file-too-large", f"is larger than {MAX_TEXT_BYTES // MIB} MiB", path)
        try:
            return file.read_text("utf-8-sig")
        except UnicodeDecodeError as error:
            raise PackageError.at("not-utf-8", f"is not UTF-8: {error.reason}", path) from None


def read(path: Path, scratch: Path, caps: Caps = DEFAULT_CAPS) -> Source:
    """Read a package.

    Args:
        path: folder or zip.
        scratch: existing empty folder that a zip is unpacked to; kept as long as the source is used.
        caps: bounds on number and size of files.

    Raises:
        PackageError: not there, hostile, or too large.
    """
    if path.is_dir():
        root = path
    elif path.is_file():
        unpack(path, scratch, caps, place=path.name)
        root = scratch
    else:
        raise PackageError.at("package-missing", f"no folder or zip at {path}")
    files = dict(_walk(root, caps))
    return Source(path.name.removesuffix(".zip"), _without_common_folder(files))


def unpack(archive: Path, into: Path, caps: Caps = DEFAULT_CAPS, *, place: str = "") -> dict[str, Path]:
    """Unpack a zip as it is, but for what tools leave behind in it; return its files.

    Args:
        archive: the zip.
        into: existing empty folder.
        caps: bounds.
        place: path of the zip in the package, for messages.

    Raises:
        PackageError: see `problems.unzip.extract`.
    """
    try:
        extract(archive, into, caps, is_unwanted=_is_litter, keeps_folder=True)
    except PackageError as error:
        found = [replace(one, file=f"{place}/{one.file}" if one.file else place) for one in error.findings]
        raise PackageError(found) from None
    return dict(_walk(into, caps))


def _is_litter(name: str) -> bool:
    return any(part.startswith(".") or part in IGNORED or part.endswith("~") for part in name.split("/"))


def _walk(root: Path, caps: Caps) -> Iterator[tuple[str, Path]]:
    n_files = n_bytes = 0
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in IGNORED)
        for name in (*folders, *sorted(names)):
            file = Path(folder, name)
            inside, status = file.relative_to(root).as_posix(), file.lstat()
            if name in IGNORED or stat.S_ISDIR(status.st_mode):
                continue
            if stat.S_ISLNK(status.st_mode):
                file = _inside(file, root, inside)
                status = file.lstat()
            if not stat.S_ISREG(status.st_mode):  # os.walk does not enter links to folders
                raise PackageError.at("not-a-file", "is no file; put the file itself here", inside)
            n_files, n_bytes = n_files + 1, n_bytes + status.st_size
            if n_files > caps.n_files or n_bytes > caps.total_mib * MIB:
                limit = f"more than {caps.n_files} files or {caps.total_mib} MiB"
                raise PackageError.at("package-too-large", limit, inside)
            yield inside, file


def _inside(link: Path, root: Path, name: str) -> Path:
    """Return what a link means, which packages kept in Git use for data of several groups."""
    target = link.resolve()
    if not target.is_relative_to(root.resolve()) or not target.is_file():
        raise PackageError.at("link-outside", "is a link to nothing that is a file of this package", name)
    return target


def _without_common_folder(files: Mapping[str, Path]) -> dict[str, Path]:
    """Take away the one folder that many zips have around everything."""
    while files:
        tops = {PurePosixPath(path).parts[0] for path in files}
        if len(tops) != 1 or any("/" not in path for path in files):
            break
        files = {path.partition("/")[2]: file for path, file in files.items()}
    return dict(sorted(files.items()))
