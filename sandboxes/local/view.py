"""What of the host a local sandbox can see: the system's programs and our interpreter, nothing of ours.

There is no image, so the host's `/usr` and the Python environment that runs the judge are shown
read-only. That environment may hold our own packages, and with them the catalogue's hidden data and the
scorers; it may even lie inside a checkout. Everything of ours is covered with emptiness, and folders
that hold data of the installation are covered too should they lie below something that is shown.
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

OURS = ("judge", "web", "problems", "scoring", "sandboxes")
SYSTEM = ("/usr",)
ALIASES = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime", "mime.types")


@dataclass(frozen=True, slots=True)
class View:
    """Bind mounts, links and covers, in the order they must be made.

    Attributes:
        shown: host folders shown read-only at their own path.
        links: path → target, for merged-usr aliases.
        covered_folders: shown as empty.
        covered_files: shown as empty files.
        etc: files and folders of `/etc` that are shown.
    """

    shown: tuple[Path, ...]
    links: tuple[tuple[str, str], ...]
    covered_folders: tuple[Path, ...]
    covered_files: tuple[Path, ...]
    etc: tuple[Path, ...] = field(default=())


def _is_below(path: Path, roots: Iterable[Path]) -> bool:
    return any(path == root or root in path.parents for root in roots)


def _site_folders(prefixes: Iterable[Path]) -> list[Path]:
    found: set[Path] = set()
    for prefix in prefixes:
        for pattern in ("lib*/python3*/site-packages", "lib*/python3*/dist-packages"):
            found.update(path for path in prefix.glob(pattern) if not path.is_symlink())
    return sorted(found)


def _is_our_checkout(folder: Path) -> bool:
    return all((folder / name / "__init__.py").is_file() for name in ("judge", "sandboxes"))


def _covers(site: Path) -> tuple[list[Path], list[Path]]:
    """List our folders and files in one site folder: packages, metadata, editable hooks."""
    marks = [*site.glob("openmodels_judge*"), *site.glob("__editable__*openmodels_judge*")]
    if not marks and not _is_our_checkout(site):
        return [], []
    ours = [*marks, *(site / name for name in OURS)]
    return [path for path in ours if path.is_dir()], [path for path in ours if path.is_file()]


def host_view(hidden: Iterable[Path] = ()) -> View:
    """Work out what to show on this host.

    Args:
        hidden: host folders that must be invisible: the installation's data, a checkout.
    """
    ours = Path(__file__).resolve().parents[2]
    environment = [Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve()]
    system = [Path(path) for path in SYSTEM]
    extra = [path for path in dict.fromkeys(environment) if not _is_below(path, system)]
    shown = [*system, *sorted(extra, key=lambda path: len(path.parts))]
    candidates = [path.resolve() for path in hidden]
    if ours.name not in ("site-packages", "dist-packages"):
        candidates.append(ours)
    folders: list[Path] = [path for path in candidates if _is_below(path, shown) and path not in shown]
    files: list[Path] = []
    for site in _site_folders([*shown, Path("/usr/local")]):
        of_site = _covers(site)
        folders += of_site[0]
        files += of_site[1]
    links = tuple((alias, str(Path(alias).readlink())) for alias in ALIASES if Path(alias).is_symlink())
    plain = tuple(Path(alias) for alias in ALIASES if Path(alias).is_dir() and not Path(alias).is_symlink())
    etc = tuple(Path("/etc") / name for name in ETC if (Path("/etc") / name).exists())
    return View((*plain, *shown), links, tuple(dict.fromkeys(folders)), tuple(files), etc)
