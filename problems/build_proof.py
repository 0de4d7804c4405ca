"""Proves that a package's data is what its `prepare.py` makes: the same twice, and the same as lies there.

Data that somebody changed by hand, or that an older prepare.py left, would be published and could never be
built again. So a proof never writes over data that differs: it says so.

Codes: not-deterministic, built-stale
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from problems.build import build, hash_tree, read_record, record_path, trial, unequal, write_record
from problems.errors import Finding
from problems.loader import IGNORED, hash_file, load_spec

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Built:
    """A package whose data is there.

    Attributes:
        folder: of the package.
        findings: of building it.
    """

    folder: Path
    findings: tuple[Finding, ...] = ()


def build_and_compare(folder: Path, *, cache: Path, out: Path | None = None, is_fast: bool = False) -> Built:
    """Build what is missing, and compare what is there with what would be built.

    Args:
        folder: of the package.
        cache: as for `problems.build.build`.
        out: where a copy is made, when `folder` cannot be written.
        is_fast: leave the second build out, and the first when an earlier one is known.

    Raises:
        PackageError: the manifest is invalid.
        BuildError: a download or prepare.py failed.
    """
    spec = load_spec(folder)
    if out is not None:
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(folder, out, ignore=shutil.ignore_patterns(*IGNORED))
        folder = out
    if spec.data.prepare is None:
        return Built(folder)
    record = record_path(folder, spec.slug, cache, spec.data.seed)
    known = read_record(folder, record)
    first = known or trial(folder, spec, cache)
    changing = [] if is_fast else unequal(first, trial(folder, spec, cache))
    stale = [] if known is not None else _stale(folder, first)
    stale += _unexplained(folder, first)
    if known is None and not stale and not _is_whole(folder, first):
        # The data is not there yet, or part of it was removed.
        build(folder, cache=cache, force=True)
    elif known is None and not stale and not changing:
        write_record(record, first)
    return Built(folder, (*_chance_findings(changing), *_stale_findings(sorted({*stale} - {*changing}))))


def _is_whole(folder: Path, made: dict[str, str]) -> bool:
    return all((folder / name).is_file() for name in made)


def _stale(folder: Path, made: dict[str, str]) -> list[str]:
    """Return files that are there, and are not what is built now."""
    there = [name for name in made if (folder / name).is_file()]
    return [name for name in there if hash_file(folder / name) != made[name]]


def _unexplained(folder: Path, made: dict[str, str]) -> list[str]:
    """Return built data that nothing builds any more."""
    found = [f"hidden/{name}" for name in hash_tree(folder / "hidden") if (folder / "hidden").is_dir()]
    public = hash_tree(folder / "public") if (folder / "public").is_dir() else {}
    found += [f"public/{name}" for name in public if not name.startswith("starter/")]
    return [name for name in found if name not in made and not IGNORED & set(Path(name).parts)]


def _chance_findings(names: list[str]) -> list[Finding]:
    message = "prepare.py built it twice and differently; draw from the seed, fix orders and dates"
    return [Finding("not-deterministic", message, name) for name in names[:_SHOWN]]


def _stale_findings(names: list[str]) -> list[Finding]:
    message = "is not what prepare.py builds now; change prepare.py, or run `judge problem build`"
    return [Finding("built-stale", message, name) for name in names[:_SHOWN]]
