"""Data and programs of a Codabench bundle: folders, zips inside the bundle, or single files."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from problems.importers.report import Fate, Report
from problems.importers.source import Source, unpack
from problems.names import name_fault

_DATE = (1980, 1, 1, 0, 0, 0)


class Store:
    """Finds what `competition.yaml` names.

    Args:
        source: the bundle.
        scratch: existing folder for what its zips hold.
        report: told of files that cannot be kept.
    """

    def __init__(self, source: Source, scratch: Path, report: Report) -> None:
        self._source = source
        self._scratch = scratch
        self._report = report
        self._known: dict[str, Mapping[str, Path]] = {}

    def has(self, path: str) -> bool:
        """Whether the bundle has a file, zip or folder of this name."""
        path = path.strip("/")
        return bool(path) and (path in self._source.files or bool(self._source.below(path)))

    def text(self, path: str) -> str:
        """Return a file's text. Raises `PackageError`."""
        return self._source.text(path)

    def files(self, path: str) -> Mapping[str, Path]:
        """Return the files of a folder or zip, by their path inside it; none for an empty name."""
        path = path.strip("/")
        if not path:
            return {}
        if path not in self._known:
            self._known[path] = self._kept(path, self._load(path))
        return self._known[path]

    def as_zip(self, path: str) -> Path | bytes:
        """Return a zip of a folder, or the zip that it is."""
        file = self._source.files.get(path.strip("/"))
        if file is not None and zipfile.is_zipfile(file):
            return file
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, member in sorted(self.files(path).items()):
                archive.writestr(zipfile.ZipInfo(name, _DATE), member.read_bytes())
        return packed.getvalue()

    def _load(self, path: str) -> dict[str, Path]:
        file = self._source.files.get(path)
        if file is None:
            return self._source.below(path)
        if not zipfile.is_zipfile(file):
            return {path.rpartition("/")[2]: file}
        folder = self._scratch / f"zip-{len(self._known)}"
        folder.mkdir()
        return unpack(file, folder, place=path)

    def _kept(self, path: str, files: dict[str, Path]) -> dict[str, Path]:
        kept = {}
        for name, file in files.items():
            fault = name_fault(name)
            if fault:
                self._report.add(Fate.LEFT_OUT, f"{path}/{ascii(name)[1:80]}", "file", f"its name {fault}")
            else:
                kept[name] = file
        return kept
