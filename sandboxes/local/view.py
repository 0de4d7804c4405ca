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

from sandboxes.errors import ProviderUnavailable

OURS = ("judge", "web", "problems", "scoring", "sandboxes")
SYSTEM = ("/usr",)
ALIASES = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
# Mounted fresh in every sandbox, so nothing of the host can be shown below them at its own path.
FRESH = (Path("/tmp"), Path("/dev"), Path("/proc"), Path("/job"), Path("/run"))  # noqa: S108
MOVED_TO = Path("/opt/environment")
ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "localtime", "mime.types")


@dataclass(frozen=True, slots=True)
class View:
    """Bind mounts, links and covers, in the order they must be made.

    Attributes:
        shown: host folders shown read-only, at the path `inside` says.
        links: path → target, for merged-usr aliases.
        covered_folders: shown as empty.
        covered_files: shown as empty files.
        etc: files and folders of `/etc` that are shown.
        moved: host folder → where it is shown instead, for an environment below a folder that every
            sandbox has fresh (a checkout in `/tmp`).
    """

    shown: tuple[Path, ...]
    links: tuple[tuple[str, str], ...]
    covered_folders: tuple[Path, ...]
    covered_files: tuple[Path, ...]
    etc: tuple[Path, ...] = field(default=())
    moved: tuple[tuple[Path, Path], ...] = ()

    def inside(self, path: Path) -> Path:
        """Return where the sandbox sees a host path."""
        for folder, place in self.moved:
            if _is_below(path, [folder]):
                return place / path.relative_to(folder)
        return path

    def interpreter(self) -> Path:
        """Return where the sandbox sees the interpreter that runs the judge."""
        prefix, program = Path(sys.prefix), Path(sys.executable)
        if _is_below(program, [prefix]):
            program = prefix.resolve() / program.relative_to(prefix)
        return self.inside(program)


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
    etc += tuple(sorted(Path("/etc").glob("java-*-openjdk")))  # a JVM's own configuration lies there
    moved = _moved(environment[0], environment[1])
    return View((*plain, *shown), links, tuple(dict.fromkeys(folders)), tuple(files), etc, moved)


def _moved(prefix: Path, base_prefix: Path) -> tuple[tuple[Path, Path], ...]:
    """Say where an environment goes that cannot be shown at its own path.

    Raises:
        ProviderUnavailable: the interpreter itself lies there; its links are absolute.
    """
    if _is_below(base_prefix, FRESH):
        raise ProviderUnavailable(
            f"the interpreter lies in {base_prefix}, which no sandbox can show; install Python elsewhere",
            is_retryable=False,
        )
    return ((prefix, MOVED_TO),) if _is_below(prefix, FRESH) else ()
