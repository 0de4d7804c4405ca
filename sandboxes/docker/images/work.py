"""Programs run while images are built: on the host, and in containers of the build."""

import contextlib
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import docker
from docker.models.containers import Container
from docker.types import Mount

from sandboxes.errors import ImageMissing

TIMEOUT_S = 1800
PATH = "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin"
# Time stamps of what a build makes; any fixed moment does.
SOURCE_DATE_EPOCH = "1767225600"
ENVIRONMENT = {"PATH": PATH, "LANG": "C.UTF-8", "SOURCE_DATE_EPOCH": SOURCE_DATE_EPOCH}


def run(command: list[str], doing: str, environment: Mapping[str, str] | None = None) -> None:
    """Run a program on the host.

    Raises:
        ImageMissing: it failed; carries the end of what it said.
    """
    try:
        answer = subprocess.run(  # noqa: S603 - our own command lines
            command, capture_output=True, text=True, check=False, env=environment, timeout=TIMEOUT_S
        )
    except subprocess.TimeoutExpired as error:
        raise ImageMissing(f"{doing} took more than {TIMEOUT_S} s") from error
    if answer.returncode != 0:
        raise ImageMissing(f"{doing} failed: {answer.stderr.strip()[-1500:]}")


@contextlib.contextmanager
def patience(client: docker.DockerClient) -> Iterator[None]:
    """Wait longer than usual for the engine's answers: committing two gigabytes takes a busy disk a while."""
    before = client.api.timeout
    client.api.timeout = TIMEOUT_S
    try:
        yield
    finally:
        client.api.timeout = before


@dataclass(frozen=True, slots=True)
class Finished:
    """A container whose program ended well.

    Attributes:
        container: ended, to be committed or thrown away.
        said: what the program printed on standard output.
    """

    container: Container
    said: str


@contextlib.contextmanager
def finished_container(
    client: docker.DockerClient, image: str, program: str, folder: Path, doing: str
) -> Iterator[Finished]:
    """Run a program of `folder` in a container with no network; lend the ended container.

    Args:
        client: the engine.
        image: to start from.
        program: its name in `folder`.
        folder: mounted read-only at `/mnt`. A mount, not a volume: a volume would be committed with the
            image, and then every sandbox would get a folder on the host's disk at this path.
        doing: for the error.

    Raises:
        ImageMissing: it failed; carries the end of what it said.
    """
    container = client.containers.create(
        image,
        ["python3", "-B", "-I", f"/mnt/{program}"] if program.endswith(".py") else ["sh", f"/mnt/{program}"],
        entrypoint=[],
        network_mode="none",
        mounts=[Mount("/mnt", str(folder), type="bind", read_only=True)],
        environment=ENVIRONMENT,
    )
    try:
        container.start()
        code = int(container.wait(timeout=TIMEOUT_S)["StatusCode"])
        if code != 0:
            said = container.logs(stdout=True, stderr=True).decode(errors="replace")
            raise ImageMissing(f"{doing} failed: {said.strip()[-1500:]}")
        yield Finished(container, container.logs(stdout=True, stderr=False).decode())
    finally:
        container.remove(force=True, v=True)
