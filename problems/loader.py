"""Reads a package from a folder or a zip into one frozen value.

What is loaded has a known list of files with their hashes: everything later (lint, publishing,
receipts) speaks of these and never looks at the disk again to see what is there.
"""

import hashlib
import shutil
import stat
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from problems.errors import Finding, PackageError
from problems.formats import FORMAT_OF_SUFFIX
from problems.manifest import MAX_MANIFEST_BYTES, parse_manifest
from problems.names import layout_fault, name_fault
from problems.schema import Spec
from problems.unzip import DEFAULT_CAPS, MIB, Caps, extract

MANIFEST = "problem.yaml"
# Left by editors, Python and version control; never part of a package.
IGNORED = frozenset({"__pycache__", ".git", ".gitignore", ".gitkeep", ".DS_Store", "Thumbs.db", "__MACOSX"})


@dataclass(frozen=True, slots=True)
class PackageFile:
    """One file of a package.

    Attributes:
        name: path inside the package, `/` between parts.
        path: where its bytes are now.
        sha256: lower-case hex digest of the bytes.
        n_bytes: size.
    """

    name: str
    path: Path
    sha256: str
    n_bytes: int


@dataclass(frozen=True, slots=True)
class Example:
    """An example submission, ready to be handed in.

    Attributes:
        name: of its folder below `submissions/`.
        role: why it exists (`good`, `cheating`, …).
        path: the file to submit.
        filename: name to submit it under.
        format: declared submission format.
        verdicts: any of these is right.
        score: lowest and highest right value of the primary metric on the public split.
        note: what it shows, per language.
    """

    name: str
    role: str
    path: Path
    filename: str
    format: str
    verdicts: tuple[str, ...]
    score: tuple[float, float] | None
    note: Mapping[str, str]


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Package:
    """A loaded package.

    Attributes:
        spec: the validated manifest.
        root: folder that holds the files.
        files: name → file, sorted by name.
        examples: those whose file exists, in the manifest's order.
        sha256: identity of the whole package: changes when any name or byte changes.
    """

    spec: Spec
    root: Path
    files: Mapping[str, PackageFile]
    examples: tuple[Example, ...]
    sha256: str

    def below(self, folder: str) -> tuple[PackageFile, ...]:
        """List files below a folder of the package.

        Args:
            folder: e.g. `hidden/reference`.

        Returns:
            The files, sorted by name; empty when the folder is not there.
        """
        prefix = folder.rstrip("/") + "/"
        return tuple(entry for name, entry in self.files.items() if name.startswith(prefix))

    def statement(self, language: str) -> str:
        """Return the statement's Markdown.

        Args:
            language: `en` or `zh`.

        Returns:
            The text.

        Raises:
            PackageError: there is none, or it is not UTF-8.
        """
        name = f"statement/{language}.md"
        if name not in self.files:
            raise PackageError.at("statement-missing", "write the statement in both languages", name)
        try:
            return self.files[name].path.read_text("utf-8")
        except UnicodeDecodeError:
            raise PackageError.at("statement-encoding", "is not UTF-8; save it as UTF-8", name) from None

    @property
    def is_built(self) -> bool:
        """Whether the reference exists; a package is published only built."""
        return bool(self.below("hidden/reference"))


def load(path: Path, *, into: Path | None = None, caps: Caps = DEFAULT_CAPS) -> Package:
    """Load a package from a folder or a zip.

    Args:
        path: folder, or zip file.
        into: for a zip, an existing empty folder to unpack to and keep. Without it the files live
            in a temporary folder for as long as the returned package.
        caps: bounds on number and size of files.

    Returns:
        The package. It may be incomplete (not built, statements missing): `lint` judges that.

    Raises:
        PackageError: it cannot be read, is hostile or does not follow the format.
    """
    if path.is_dir():
        return _load_folder(path, caps)
    if not path.is_file():
        raise PackageError.at("package-missing", f"no folder or zip at {path}")
    if into is not None:
        extract(path, into, caps)
        return _load_folder(into, caps, is_named=False)
    folder = Path(tempfile.mkdtemp(prefix="package-"))
    try:
        extract(path, folder, caps)
        package = _load_folder(folder, caps, is_named=False)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    weakref.finalize(package, shutil.rmtree, folder, ignore_errors=True)
    return package


def load_spec(folder: Path) -> Spec:
    """Read only the manifest of a folder, e.g. to build it.

    Args:
        folder: the package's folder.

    Returns:
        The validated manifest.

    Raises:
        PackageError: missing or invalid.
    """
    manifest = folder / MANIFEST
    if manifest.is_symlink() or not manifest.is_file():
        raise PackageError.at(
            "manifest-missing", f"there is no {MANIFEST} in {folder.name or folder}", MANIFEST
        )
    with manifest.open("rb") as stream:
        return parse_manifest(stream.read(MAX_MANIFEST_BYTES + 1))


def _load_folder(folder: Path, caps: Caps, *, is_named: bool = True) -> Package:
    spec = load_spec(folder)
    # A relative path such as "." has no name of its own.
    if is_named and folder.resolve().name != spec.slug:
        message = f"slug {spec.slug!r} must equal the folder's name {folder.resolve().name!r}"
        raise PackageError.at("slug-folder", message, MANIFEST)
    entries = list(_walk(folder, folder))
    _check_entries(entries, caps)
    files = {
        name: PackageFile(name, path, hash_file(path), path.stat().st_size) for name, path in sorted(entries)
    }
    identity = hashlib.sha256()
    for entry in files.values():
        identity.update(f"{entry.sha256} {entry.n_bytes} {entry.name}\n".encode())
    return Package(spec, folder, MappingProxyType(files), _examples(spec, files), identity.hexdigest())


def _walk(folder: Path, root: Path) -> Iterator[tuple[str, Path]]:
    for child in sorted(folder.iterdir()):
        if child.name in IGNORED:
            continue
        mode = child.lstat().st_mode
        if stat.S_ISDIR(mode):
            yield from _walk(child, root)
            continue
        name = child.relative_to(root).as_posix()
        if not stat.S_ISREG(mode):
            raise PackageError.at(
                "file-kind", "is a link or special file; use a plain file", ascii(name)[1:-1]
            )
        yield name, child


def _check_entries(entries: list[tuple[str, Path]], caps: Caps) -> None:
    findings = []
    total = 0
    for name, path in entries:
        shown = name if name.isprintable() else ascii(name)
        fault = name_fault(name)
        misplaced = None if fault else layout_fault(name)
        if fault:
            findings.append(Finding("file-name", f"the name {fault}", shown))
        if misplaced:
            findings.append(Finding("file-place", misplaced, shown))
        n_bytes = path.stat().st_size
        total += n_bytes
        if n_bytes > caps.file_mib * MIB:
            findings.append(Finding("file-size", f"larger than {caps.file_mib} MiB", shown))
    if len(entries) > caps.n_files:
        findings.append(Finding("file-count", f"{len(entries)} files; at most {caps.n_files} are allowed"))
    if total > caps.total_mib * MIB:
        findings.append(Finding("package-size", f"larger than {caps.total_mib} MiB in total"))
    if findings:
        raise PackageError(findings[:50])


def hash_file(path: Path) -> str:
    """Hash a file without holding it in memory.

    Args:
        path: the file.

    Returns:
        sha256, lower-case hex.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _examples(spec: Spec, files: Mapping[str, PackageFile]) -> tuple[Example, ...]:
    found = []
    for name, rule in spec.examples.items():
        entry = files.get(f"submissions/{name}/{rule.file}")
        if entry is None:
            continue
        declared = rule.format or FORMAT_OF_SUFFIX.get(Path(rule.file).suffix, spec.submission.formats[0])
        note = MappingProxyType(rule.note.model_dump() if rule.note else {})
        found.append(
            Example(name, rule.role, entry.path, rule.file, declared, rule.verdict, rule.score, note)
        )
    return tuple(found)
