"""Everything that can be read in some files of a package: the files, and what archives among them hold.

A label that is hidden in a zip inside a zip is as readable to contestants as one in a text. Archives are
taken apart into a scratch folder, with bounds: a package is not trusted to be small.
"""

import bz2
import gzip
import hashlib
import json
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from problems.loader import PackageFile, hash_file

MAX_DEPTH = 3
MAX_MEMBERS = 5000
MAX_BYTES = 1 << 30
MAX_TEXT_BYTES = 16 << 20
_CHUNK = 1 << 18
_DAMAGED = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError,
    NotImplementedError, RuntimeError,
)  # fmt: skip
_STREAMS: dict[bytes, Callable[[Path], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A file, or a member of an archive.

    Attributes:
        name: path in the package; of members `archive.zip!path`.
        path: where its bytes are.
        sha256: of its bytes.
        n_bytes: size.
    """

    name: str
    path: Path
    sha256: str
    n_bytes: int

    @property
    def own_name(self) -> str:
        """Return its name without the folders and archives that it is in."""
        return self.name.rpartition("!")[2].rpartition("/")[2]

    @property
    def file(self) -> str:
        """Return the file of the package that it is, or is in."""
        return self.name.partition("!")[0]

    @property
    def suffix(self) -> str:
        """Return the ending of its name, in lower case."""
        return Path(self.own_name).suffix.lower()

    def text(self) -> str | None:
        """Return what it says; None when it is too long, or is no text."""
        if self.n_bytes > MAX_TEXT_BYTES:
            return None
        content = self.path.read_bytes()
        if b"\0" in content[:_CHUNK]:
            return None
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return None


@dataclass(slots=True)
class Opener:
    """Takes archives apart.

    Args:
        scratch: existing folder; filled.
    """

    scratch: Path
    is_cut: bool = False
    _n_members: int = 0
    _n_bytes: int = 0
    _open: dict[str, list[Piece]] = field(default_factory=dict)

    def pieces(self, files: Iterable[PackageFile]) -> list[Piece]:
        """Return files and all that is in them; `is_cut` tells whether something had to be left out."""
        found: list[Piece] = []
        for entry in files:
            whole = Piece(entry.name, entry.path, entry.sha256, entry.n_bytes)
            found += [whole, *self._inside(whole, 1)]
        return found

    def _inside(self, piece: Piece, depth: int) -> Iterator[Piece]:
        with piece.path.open("rb") as stream:
            head = stream.read(8)
        members: Iterator[tuple[str, IO[bytes]]]
        if head.startswith(b"PK\x03\x04"):
            members = _zip_members(piece.path)
        elif any(head.startswith(magic) for magic in _STREAMS):
            members = _unpacked(piece)
        elif piece.suffix == ".tar":
            members = _tar_members(piece.path)
        else:
            return
        if depth > MAX_DEPTH:
            self.is_cut = True
            return
        try:
            for name, source in members:
                member = self._kept(f"{piece.name}!{name}", source)
                if member is not None:
                    yield member
                    yield from self._inside(member, depth + 1)
        except _DAMAGED:
            return  # no archive after all, or not all of one: what could be read was compared

    def _kept(self, name: str, source: IO[bytes]) -> Piece | None:
        self._n_members += 1
        target = self.scratch / str(self._n_members)
        with target.open("wb") as sink, source:
            while chunk := source.read(_CHUNK):
                self._n_bytes += len(chunk)
                if self._n_members > MAX_MEMBERS or self._n_bytes > MAX_BYTES:
                    self.is_cut = True
                    break
                sink.write(chunk)
        if self.is_cut:
            target.unlink()
            return None
        return Piece(name, target, hash_file(target), target.stat().st_size)


def digest(content: bytes) -> bytes:
    """Return a short digest of some bytes."""
    return hashlib.blake2b(content, digest_size=16).digest()


def _zip_members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if not info.is_dir() and not info.flag_bits & 0x1:
                yield info.filename, archive.open(info)


def _tar_members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(path, "r:") as archive:
        for info in archive:
            source = archive.extractfile(info) if info.isfile() else None
            if source is not None:
                yield info.name, source


def _unpacked(piece: Piece) -> Iterator[tuple[str, IO[bytes]]]:
    with piece.path.open("rb") as stream:
        head = stream.read(8)
    opened = next(opener for magic, opener in _STREAMS.items() if head.startswith(magic))
    stem = piece.own_name.rpartition(".")[0] or piece.own_name
    yield f"{stem}.tar" if piece.suffix in {".tgz", ".tbz2", ".txz"} else stem, opened(piece.path)


def json_lines(piece: Piece) -> list[Any]:
    """Return the values of a file of JSON, or of JSON a line; none where it is neither."""
    if piece.suffix not in {".jsonl", ".ndjson", ".json"}:
        return []
    text = piece.text() or ""
    try:
        if piece.suffix == ".json":
            whole = json.loads(text)
            return whole if isinstance(whole, list) else [whole]
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return []


def canonical(value: Any) -> str:  # noqa: ANN401 - JSON
    """Return JSON text that is equal for equal values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
