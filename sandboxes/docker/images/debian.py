"""Debian packages for a container that has no network: the host carries, apt in the container verifies.

The host downloads the archive's signed indexes; apt reads them in a container, checks the signatures with
Debian's keys that are in the base, and says which files it wants; the host downloads these; apt checks
their hashes as it installs them. So neither a proxy nor a mirror on the way has to be trusted, the
container needs neither, and nothing of the host but Python is used.
"""

import os
import re
import shutil
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote, unquote

import docker

from sandboxes.definitions import FOLDER
from sandboxes.docker.images.work import finished_container
from sandboxes.errors import ImageMissing

SUITE = "bookworm"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
TIMEOUT_S = 60.0
N_TRIES = 3
_WANTED = re.compile(r"^'file:/mnt/(debian|security)/(\S+)'")


@dataclass(frozen=True, slots=True)
class Archive:
    """Where Debian packages come from.

    Attributes:
        mirror: of the main archive; a snapshot's address for a day gone by.
        security_mirror: of the security archive.
    """

    mirror: str
    security_mirror: str

    @property
    def is_old(self) -> bool:
        """Whether it is a day gone by, so that its indexes may be out of date."""
        return "snapshot" in self.mirror or "snapshot" in self.security_mirror

    def lines(self) -> list[str]:
        """Return it as lines of a sources.list for mmdebstrap."""
        flags = "[check-valid-until=no] " if self.is_old else ""
        return [f"deb {flags}{url} {suite} main" for _, url, suite in self._suites()]

    def _suites(self) -> list[tuple[str, str, str]]:
        main, security = self.mirror.rstrip("/"), self.security_mirror.rstrip("/")
        return [
            ("debian", main, SUITE),
            ("debian", main, f"{SUITE}-updates"),
            ("security", security, f"{SUITE}-security"),
        ]

    def gather(self, client: docker.DockerClient, base: str, packages: list[str], folder: Path) -> None:
        """Put into `folder` all that `install.sh` needs to install packages.

        Raises:
            ImageMissing: the archive cannot be reached or does not have them.
        """
        (folder / "packages").write_text("".join(f"{name}\n" for name in packages), encoding="ascii")
        for name in ("apt.sh", "resolve.sh"):
            shutil.copyfile(FOLDER / name, folder / name)
        if self.is_old:
            (folder / "is-old").touch()
        self._fetch_indexes(folder)
        doing = f"looking for {', '.join(packages)}"
        with finished_container(client, base, "resolve.sh", folder, doing) as done:
            lines = done.said.splitlines()
            wanted = [match.groups() for match in map(_WANTED.match, lines) if match]
        urls = {"debian": self.mirror, "security": self.security_mirror}
        with ThreadPoolExecutor(8) as pool:
            for download in [
                pool.submit(_fetch, urls[key], unquote(path), folder / key) for key, path in wanted
            ]:
                download.result()

    def _fetch_indexes(self, folder: Path) -> None:
        architecture = ARCHITECTURES.get(os.uname().machine, os.uname().machine)
        lines = []
        for key, url, suite in self._suites():
            for name in ("InRelease", f"main/binary-{architecture}/Packages.xz"):
                _fetch(url, f"dists/{suite}/{name}", folder / key)
            lines.append(f"deb [signed-by={KEYRING}] file:/mnt/{key} {suite} main\n")
        (folder / "sources.list").write_text("".join(lines), encoding="ascii")


def _fetch(url: str, path: str, folder: Path) -> None:
    """Download one file of the archive, through the proxies of the environment."""
    target = folder / path
    if ".." in Path(path).parts:
        raise ImageMissing(f"the archive names a file outside of itself: {path}", is_retryable=False)
    target.parent.mkdir(parents=True, exist_ok=True)
    address = f"{url.rstrip('/')}/{quote(path)}"
    for attempt in range(N_TRIES):
        try:
            with urllib.request.urlopen(address, timeout=TIMEOUT_S) as answer, target.open("wb") as file:  # noqa: S310
                shutil.copyfileobj(answer, file)
            return
        except (URLError, OSError) as error:
            if attempt == N_TRIES - 1:
                raise ImageMissing(f"{address} cannot be downloaded: {error}") from error
