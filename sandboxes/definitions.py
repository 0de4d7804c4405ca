"""What runner images there are: read from `sandboxes/images/`, one folder each, no engine needed.

A folder holds `image.toml` (titles, Debian packages, which build of torch), `requirements.txt` (pinned
Python packages) and perhaps `files/`, laid over the image. `locks/` beside them holds the manifests of
the builds that the project tested; see `sandboxes/manifests.py`.
"""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandboxes.errors import ImageMissing

FOLDER = Path(__file__).resolve().parent / "images"
LOCKS = FOLDER / "locks"
PROGRAMS = ("apt.sh", "contents.py", "finish.py", "install.sh", "resolve.sh")
# Part of every definition: another way to build makes images made before it outdated.
RECIPE = b"3"


@dataclass(frozen=True, slots=True)
class Definition:
    """One runner image.

    Attributes:
        name: as profiles and problems name it.
        titles: language code → what it is, for contestants.
        debian: packages on top of the base.
        requirements: pinned Python packages, as pip reads them.
        torch: `cpu`, `cuda`, or empty where there is none.
        is_default: whether it is built when nothing is named.
        least: limits, as named in `Limits`, below which it cannot run even a small program.
        files: folder laid over `/`, if any.
        digest: of all that defines it.
    """

    name: str
    titles: dict[str, str]
    debian: tuple[str, ...]
    requirements: tuple[str, ...]
    torch: str
    is_default: bool
    least: dict[str, int]
    files: Path | None
    digest: str


def list_images(*, only_default: bool = False) -> list[str]:
    """List the images that are defined, by name."""
    names = sorted(path.parent.name for path in FOLDER.glob("*/image.toml"))
    return [name for name in names if load(name).is_default] if only_default else names


def load(name: str) -> Definition:
    """Read an image's definition.

    Raises:
        ImageMissing: there is no such definition.
    """
    folder = FOLDER / name
    if "/" in name or not (folder / "image.toml").is_file():
        raise ImageMissing(
            f"no runner image {name!r}: there are {', '.join(list_images())}", is_retryable=False
        )
    said: dict[str, Any] = tomllib.loads((folder / "image.toml").read_text(encoding="utf-8"))
    requirements = FOLDER / said.get("requirements_of", name) / "requirements.txt"
    files = folder / "files"
    return Definition(
        name=name,
        titles=said["title"],
        debian=tuple(said.get("debian", ())),
        requirements=tuple(_lines(requirements)) if requirements.is_file() else (),
        torch=said.get("torch", ""),
        is_default=said.get("is_default", True),
        least=said.get("least", {}),
        files=files if files.is_dir() else None,
        digest=_digest(folder, requirements),
    )


def base_packages() -> list[str]:
    """List the Debian packages that every image has on top of Debian's smallest system."""
    return _lines(FOLDER / "base.txt")


def base_digest(image: str = "") -> str:
    """Return what identifies the base's definition.

    Args:
        image: what it is to grow from, where it is not bootstrapped.
    """
    return hashlib.sha256("\n".join([image, *base_packages()]).encode()).hexdigest()


def _lines(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _digest(folder: Path, requirements: Path) -> str:
    """Digest everything that can change what is built; not times, nor whether it is built by default."""
    files = [FOLDER / "base.txt", *(FOLDER / name for name in PROGRAMS)]
    files += sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    files += [requirements] if requirements.is_file() else []
    parts = [RECIPE]
    for file in dict.fromkeys(files):
        parts += [file.relative_to(FOLDER).as_posix().encode(), file.read_bytes()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()
