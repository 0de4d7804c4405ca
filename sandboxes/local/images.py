"""Which runner images the host's own environment can stand in for, and what then is in them.

There is no image: the interpreter that runs the judge and the host's compilers do. What is missing is
named together with what brings it.
"""

import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from sandboxes.errors import ImageMissing
from sandboxes.manifests import Manifest, Package

_VERSION = re.compile(r"\d+(?:\.\d+)+\S*|\d+\.\d+|\b\d+\b")
TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class Needs:
    """What must be on the host.

    Attributes:
        distributions: Python distributions, by canonical name.
        programs: program → how it is asked for its version.
        advice: what to install where one is missing.
        pitfall: why it can never be had here; empty for most.
    """

    distributions: tuple[str, ...] = ()
    programs: Mapping[str, str] | None = None
    advice: str = ""
    pitfall: str = ""


IMAGES: dict[str, Needs] = {
    "python": Needs(),
    "python-ml": Needs(
        distributions=(
            "torch", "numpy", "scipy", "scikit-learn", "pandas", "pyarrow", "onnxruntime",
            "safetensors", "skops", "torchmetrics", "pydantic",
        ),
        advice="pip install 'openmodels-judge[scoring]'",
    ),
    "python-ml-cuda": Needs(pitfall="the local provider lends no GPU: use the Docker sandbox"),
    "cpp": Needs(
        programs={"gcc": "-dumpfullversion", "g++": "-dumpfullversion"}, advice="apt-get install gcc g++"
    ),
    "java": Needs(
        programs={"java": "-version", "javac": "-version"}, advice="apt-get install openjdk-17-jdk-headless"
    ),
    "node": Needs(programs={"node": "--version"}, advice="apt-get install nodejs"),
}  # fmt: skip
# A sandbox sees the system's programs alone, whatever the PATH of the worker holds.
PATH = "/usr/local/bin:/usr/bin:/bin"


def manifest(image: str) -> Manifest:
    """List what stands in for an image.

    Raises:
        ImageMissing: it is unknown, or something is missing; says what to install.
    """
    needs = require(image)
    packages = _distributions()
    programs = [Package("program", name, _version(name, ask)) for name, ask in (needs.programs or {}).items()]
    names = {package.name for package in packages}
    _refuse(image, [name for name in needs.distributions if name not in names])
    _refuse(image, [package.name for package in programs if not package.version])
    interpreter = Package("program", "python3", sys.version.split()[0], "PSF-2.0")
    rows = (interpreter, *programs, *packages)
    return Manifest(image, "local", digest(rows), rows)


def require(image: str) -> Needs:
    """Return what an image needs, having looked that its programs are there; quick.

    Raises:
        ImageMissing: it is unknown, can never be had here, or a program is missing.
    """
    if image not in IMAGES:
        raise ImageMissing(
            f"unknown image {image!r}: the local provider knows {', '.join(IMAGES)}", is_retryable=False
        )
    needs = IMAGES[image]
    if needs.pitfall:
        raise ImageMissing(f"image {image!r}: {needs.pitfall}", is_retryable=False)
    _refuse(image, [name for name in needs.programs or () if shutil.which(name, path=PATH) is None])
    return needs


def _refuse(image: str, missing: list[str]) -> None:
    if missing:
        raise ImageMissing(
            f"image {image!r} needs {', '.join(missing)} on this host: {IMAGES[image].advice}",
            is_retryable=False,
        )


def digest(packages: tuple[Package, ...]) -> str:
    """Digest names and versions: there is no tree of files that is the image's alone."""
    lines = [f"python {sys.version}", *(f"{row.kind} {row.name} {row.version}" for row in packages)]
    return "sha256:" + hashlib.sha256("\n".join(lines).encode()).hexdigest()


def canonical(name: str) -> str:
    """Return a distribution's name as indexes compare it."""
    return name.lower().replace("_", "-").replace(".", "-")


def _distributions() -> list[Package]:
    found = {canonical(one.metadata["Name"]): one.version for one in metadata.distributions()}
    return [Package("python", name, version) for name, version in sorted(found.items())]


def _version(program: str, ask: str) -> str:
    """Return a program's version, empty if it is not there or does not run."""
    path = shutil.which(program, path=PATH)
    if path is None:
        return ""
    real = Path(path).resolve()
    return _ask(path, ask, real.stat().st_mtime_ns)


@cache
def _ask(path: str, ask: str, _mtime: int) -> str:
    try:
        answer = subprocess.run(  # noqa: S603 - a program of the system, asked for its version
            [path, ask], capture_output=True, text=True, errors="replace", check=False, timeout=TIMEOUT_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = _VERSION.search(answer.stdout + answer.stderr)
    return found[0].strip('"') if found and answer.returncode == 0 else ""
