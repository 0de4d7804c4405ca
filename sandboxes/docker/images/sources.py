"""Which Debian archive packages are taken from: the one that is named, else the one in use already.

No archive is written into this project. A Debian host has one that works from where it stands; on another
host it is the one that the base was made from, as its own package list says.
"""

import re
import tempfile
from pathlib import Path

import docker

from sandboxes.docker.images.debian import Archive
from sandboxes.docker.images.work import finished_container
from sandboxes.errors import ImageMissing

APT = Path("/etc/apt")
TELL = "cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true\n"
_ADDRESS = re.compile(r"https?://\S+?/debian(-security)?/?(?=\s|$)")


def archive_in(text: str) -> Archive | None:
    """Find the archive in apt's lists of sources, of either format.

    Args:
        text: contents of `sources.list` and of files in `sources.list.d`.

    Returns:
        None unless both the main and the security archive are there.
    """
    found: dict[str, str] = {}
    for line in text.splitlines():
        if not line.lstrip().startswith("#"):
            for match in _ADDRESS.finditer(line):
                found.setdefault(match[1] or "", match[0].rstrip("/"))
    return Archive(found[""], found["-security"]) if len(found) == 2 else None


def of_host() -> Archive | None:
    """Return the archive that this host's apt uses; None where that is not Debian's."""
    files = [APT / "sources.list", *sorted((APT / "sources.list.d").glob("*"))]
    return archive_in("\n".join(file.read_text("utf-8", "replace") for file in files if file.is_file()))


def choose(mirror: str | None, security_mirror: str | None) -> Archive | None:
    """Return the archive that is named, what is not named taken from the host's; None leaves it to the base.

    Raises:
        ImageMissing: half of it is named, and the host does not have the other half.
    """
    host = of_host()
    if not mirror and not security_mirror:
        return host
    main = mirror or (host.mirror if host else "")
    security = security_mirror or (host.security_mirror if host else "")
    if not main or not security:
        raise ImageMissing(
            "name both --mirror and --security-mirror: this host has neither", is_retryable=False
        )
    return Archive(main, security)


def of_image(client: docker.DockerClient, image: str) -> Archive:
    """Return the archive that an image's apt uses.

    Raises:
        ImageMissing: it names none.
    """
    with tempfile.TemporaryDirectory(prefix="judge-sources-") as name:
        folder = Path(name)
        (folder / "tell.sh").write_text(TELL, encoding="ascii")
        folder.chmod(0o755)
        with finished_container(client, image, "tell.sh", folder, "reading the base's sources") as done:
            archive = archive_in(done.said)
    if archive is None:
        raise ImageMissing(
            "neither this host nor the base says where Debian packages come from: name an archive with "
            "--mirror and --security-mirror",
            is_retryable=False,
        )
    return archive
