"""The base that every image grows from: Debian's smallest system and Python for the supervisor.

Where it comes from, in this order: the one made before; the image that was named; bootstrapped by
mmdebstrap (needs root, since it makes a system's files with their owners); Debian's own image, if the
engine has it or can pull it.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import docker
from docker.errors import APIError, ImageNotFound
from docker.models.images import Image

from sandboxes.definitions import base_digest, base_packages
from sandboxes.docker.images.debian import SUITE, Archive
from sandboxes.docker.images.sources import of_image
from sandboxes.docker.images.work import PATH, SOURCE_DATE_EPOCH, finished_container, run
from sandboxes.errors import ImageMissing

REGISTRY_BASE = f"debian:{SUITE}-slim"
GROW = """\
. /mnt/apt.sh
$apt update
$apt install -y $(cat /mnt/packages)
rm -rf /var/lib/apt/lists/* /var/cache/apt/*
"""
LABEL_ORIGIN = "org.openmodels.judge.base"


class BaseMaker:
    """Makes the base in an engine, at most once.

    Args:
        client: the engine.
        repository: under which it is kept.
        archive: of Debian packages; None takes the tools' own.
        image: an image of the engine or a registry to take instead of bootstrapping; empty leaves it open.
        is_forced: make it anew even where one is there.
        say: gets a line of progress.
    """

    def __init__(
        self,
        client: docker.DockerClient,
        repository: str,
        archive: Archive | None,
        image: str = "",
        *,
        is_forced: bool,
        say: Callable[[str], None],
    ) -> None:
        self._client = client
        self._repository = repository
        self._archive = archive
        self._image = image
        self._must_make = is_forced
        self._say = say

    def get(self) -> Image:
        """Return the base.

        Raises:
            ImageMissing: it cannot be had here; says what is missing.
        """
        tag = f"{SUITE}-{base_digest(self._image)[:12]}"
        before = self._find(f"{self._repository}:{tag}")
        if before is not None and not self._must_make:
            return before
        if not self._image and shutil.which("mmdebstrap") and os.geteuid() == 0:
            self._say("base: bootstrapping it from Debian packages")
            self._bootstrap(tag)
        else:
            self._say(f"base: taking {self._image or REGISTRY_BASE}")
            self._grow(self._named_base(self._image or REGISTRY_BASE), tag)
        self._must_make = False
        if before is not None:
            with contextlib.suppress(APIError):  # images that grew from it may still be there
                self._client.images.remove(str(before.id))
        return self._client.images.get(f"{self._repository}:{tag}")

    def _find(self, name: str) -> Image | None:
        try:
            return self._client.images.get(name)
        except ImageNotFound:
            return None

    def _bootstrap(self, tag: str) -> None:
        with tempfile.TemporaryDirectory(prefix="judge-base-") as folder:
            archive = Path(folder) / "root.tar"
            packages = ",".join(base_packages())
            command = ["mmdebstrap", "--variant=minbase", f"--include={packages}", SUITE, str(archive)]
            environment = {
                **{name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")},
                "PATH": PATH,
                "SOURCE_DATE_EPOCH": SOURCE_DATE_EPOCH,
            }
            lines = self._archive.lines() if self._archive is not None else []
            run([*command, *lines], "bootstrapping the base", environment)
            self._client.api.import_image_from_file(
                str(archive),
                repository=self._repository,
                tag=tag,
                changes=[f'LABEL {LABEL_ORIGIN}="bootstrapped from Debian packages"'],
            )

    def _named_base(self, name: str) -> Image:
        found = self._find(name)
        if found is not None:
            return found
        try:
            return self._client.images.pull(name, tag=None if ":" in name else "latest")
        except APIError as error:
            raise ImageMissing(
                f"no base for runner images: {name} cannot be pulled ({error.explanation}), and "
                "bootstrapping one needs root and mmdebstrap (as root: apt-get install mmdebstrap). "
                "Or build on another machine and bring the images: docker save … | docker load"
            ) from error

    def _grow(self, image: Image, tag: str) -> None:
        """Install the base's packages on an image that has none of them."""
        digests = image.attrs.get("RepoDigests") or [str(image.id)]
        with tempfile.TemporaryDirectory(prefix="judge-base-") as name:
            folder = Path(name)
            archive = self._archive or of_image(self._client, str(image.id))
            archive.gather(self._client, str(image.id), base_packages(), folder)
            program = folder / "grow.sh"
            program.write_text(GROW, encoding="ascii")
            folder.chmod(0o755)
            doing = "installing Python on the base"
            with finished_container(self._client, str(image.id), "grow.sh", folder, doing) as done:
                done.container.commit(
                    repository=self._repository,
                    tag=tag,
                    changes=[f'LABEL {LABEL_ORIGIN}="{digests[0]}"', 'CMD ["python3"]'],
                )
