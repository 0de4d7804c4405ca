"""Makes runner images in an engine: gather on the host, install in a container, commit."""

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import docker
from docker.errors import APIError
from docker.models.images import Image

from sandboxes.definitions import FOLDER, PROGRAMS, Definition, load
from sandboxes.docker.engine import translated
from sandboxes.docker.images import wheels
from sandboxes.docker.images.base import LABEL_ORIGIN, BaseMaker
from sandboxes.docker.images.debian import Archive
from sandboxes.docker.images.sources import of_host, of_image
from sandboxes.docker.images.store import (
    IMAGE_PREFIX,
    LABEL_CONTENTS,
    LABEL_DEFINITION,
    LABEL_IMAGE,
    LABEL_MANIFEST,
    ImageStore,
)
from sandboxes.docker.images.work import PATH, finished_container, patience
from sandboxes.errors import ImageMissing
from sandboxes.manifests import Manifest, differences

BASE_REPOSITORY = "openmodels-judge/base"


@dataclass(frozen=True, slots=True)
class Options:
    """How to build.

    Attributes:
        is_forced: build even what is up to date, base included.
        locks: folder of manifests that a build must come to, `<image>.<architecture>.json`; a build that
            comes to anything else is thrown away. None accepts what the archive offers now.
        archive: of Debian packages; None takes the host's, or the one the base was made from.
        prefix: of the images' names in the engine.
        base_repository: where the base is kept.
        base_image: see `BaseMaker`.
    """

    is_forced: bool = False
    locks: Path | None = None
    archive: Archive | None = field(default_factory=of_host)
    prefix: str = IMAGE_PREFIX
    base_repository: str = BASE_REPOSITORY
    base_image: str = ""


def lock_path(folder: Path, name: str) -> Path:
    """Return where the lock of an image for this machine's architecture is."""
    return folder / f"{name}.{os.uname().machine}.json"


def read_lock(folder: Path, name: str) -> Manifest | None:
    """Return the lock of an image for this machine's architecture; None if there is none.

    Raises:
        ImageMissing: it cannot be read.
    """
    path = lock_path(folder, name)
    try:
        return Manifest.from_json(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ImageMissing(f"{path} is no lock: {error}", is_retryable=False) from error


def _silence(_: str) -> None:
    pass


class ImageBuilder:
    """Makes runner images in an engine.

    Args:
        client: a connected engine.
        options: how.
        say: gets lines of progress.
    """

    def __init__(
        self,
        client: docker.DockerClient,
        options: Options | None = None,
        say: Callable[[str], None] = _silence,
    ) -> None:
        self._client = client
        self._options = options or Options()
        self._say = say
        self._store = ImageStore(client, self._options.prefix)
        self._base = BaseMaker(
            client,
            self._options.base_repository,
            self._options.archive,
            self._options.base_image,
            is_forced=self._options.is_forced,
            say=say,
        )

    def build(self, name: str) -> Manifest:
        """Make a runner image unless the one there is already made from this definition.

        Args:
            name: as in `sandboxes/images/`.

        Returns:
            What the image holds.

        Raises:
            ImageMissing: it cannot be built here, or comes to other than its lock; says why.
        """
        definition, lock = load(name), self._lock(name)
        before = self._store.find(name)
        if before is not None and self._is_current(before, definition, lock):
            return self._store.manifest(name)
        with (
            translated(f"building image {name}"),
            patience(self._client),
            tempfile.TemporaryDirectory(prefix="judge-image-") as folder,
        ):
            base = self._base.get()
            gathered = self._gather(definition, base, Path(folder))
            self._install(definition, base, gathered, Path(folder), lock)
            if before is not None:
                with contextlib.suppress(APIError):  # a container may still use it
                    self._client.images.remove(str(before.id))
        return self._store.manifest(name)

    def _lock(self, name: str) -> Manifest | None:
        if self._options.locks is None:
            return None
        lock = read_lock(self._options.locks, name)
        if lock is None:
            path = lock_path(self._options.locks, name)
            raise ImageMissing(f"image {name!r} has no lock: {path} is not there", is_retryable=False)
        return lock

    def _is_current(self, image: Image, definition: Definition, lock: Manifest | None) -> bool:
        if self._options.is_forced or not self._store.is_made_from(image, definition):
            return False
        return lock is None or image.labels.get(LABEL_CONTENTS) == lock.contents

    def _gather(self, definition: Definition, base: Image, folder: Path) -> dict[str, str]:
        """Put all that is installed, and the programs that do it, where the container will see them."""
        self._say(f"{definition.name}: downloading packages")
        for program in PROGRAMS:
            shutil.copyfile(FOLDER / program, folder / program)
        if definition.files is not None:
            shutil.copytree(definition.files, folder / "files")
        folder.chmod(0o755)
        gathered = wheels.gather(definition, folder)
        if definition.debian:
            archive = self._options.archive or of_image(self._client, str(base.id))
            archive.gather(self._client, str(base.id), list(definition.debian), folder)
        return gathered

    def _install(
        self,
        definition: Definition,
        base: Image,
        gathered: dict[str, str],
        folder: Path,
        lock: Manifest | None,
    ) -> None:
        self._say(f"{definition.name}: installing")
        doing = f"installing image {definition.name}"
        with finished_container(self._client, str(base.id), "install.sh", folder, doing) as done:
            manifest = self._manifest(definition, base, gathered, done.said)
            changed = differences(lock, manifest) if lock is not None else []
            if changed:
                raise ImageMissing(
                    f"image {definition.name!r} does not come to its lock: {'; '.join(changed)}",
                    is_retryable=False,
                )
            done.container.commit(
                repository=self._options.prefix + definition.name,
                tag="latest",
                conf={
                    "Cmd": ["python3"],
                    "Env": [f"PATH={PATH}", "LANG=C.UTF-8"],
                    "Labels": {
                        LABEL_IMAGE: definition.name,
                        LABEL_DEFINITION: definition.digest,
                        LABEL_CONTENTS: manifest.contents,
                        LABEL_MANIFEST: json.dumps(manifest.to_json()),
                    },
                },
            )

    def _manifest(self, definition: Definition, base: Image, gathered: dict[str, str], said: str) -> Manifest:
        found = json.loads(said.splitlines()[-1])
        return Manifest.from_json(
            {
                "image": definition.name,
                "provider": "docker",
                "contents": found["contents"],
                "packages": found["packages"],
                "definition": definition.digest,
                "base": base.labels.get(LABEL_ORIGIN, ""),
                "architecture": os.uname().machine,
                "wheels": gathered,
            }
        )
