"""The images an engine has: found by name, read by their labels, checked against their contents."""

import json
import shutil
import tempfile
from pathlib import Path

import docker
from docker.errors import ImageNotFound
from docker.models.images import Image

from sandboxes.definitions import FOLDER, Definition
from sandboxes.docker.engine import translated
from sandboxes.docker.images.work import finished_container
from sandboxes.errors import ImageMissing
from sandboxes.manifests import Manifest

IMAGE_PREFIX = "openmodels-judge/runner-"
LABEL_IMAGE = "org.openmodels.judge.image"
LABEL_MANIFEST = "org.openmodels.judge.manifest"
LABEL_DEFINITION = "org.openmodels.judge.definition"
LABEL_CONTENTS = "org.openmodels.judge.contents"


class ImageStore:
    """Reads runner images in an engine.

    Args:
        client: a connected engine.
        prefix: of the images' names in the engine.
    """

    def __init__(self, client: docker.DockerClient, prefix: str = IMAGE_PREFIX) -> None:
        self._client = client
        self._prefix = prefix

    def find(self, name: str) -> Image | None:
        """Return the image, or None where there is none."""
        with translated(f"looking for image {name}"):
            try:
                return self._client.images.get(self._prefix + name)
            except ImageNotFound:
                return None

    def get(self, name: str) -> Image:
        """Return the image.

        Raises:
            ImageMissing: there is none; says how to make it.
        """
        found = self.find(name)
        if found is None:
            raise self.missing(name)
        return found

    @staticmethod
    def missing(name: str) -> ImageMissing:
        """Return the error for an image that is not there; says how to make it."""
        return ImageMissing(
            f"runner image {name!r} is not on this host: build it: `judge images build {name}`",
            is_retryable=False,
        )

    @staticmethod
    def is_made_from(image: Image, definition: Definition) -> bool:
        """Whether an image was made from this very definition."""
        return bool(image.labels.get(LABEL_DEFINITION) == definition.digest)

    def digest(self, name: str) -> str:
        """Return what identifies the image: of its contents, or the engine's id where it does not say.

        Raises:
            ImageMissing: there is none.
        """
        image = self.get(name)
        contents = image.labels.get(LABEL_CONTENTS)
        return f"contents:{contents}" if contents else f"docker:{image.id}"

    def manifest(self, name: str) -> Manifest:
        """Return what the image holds.

        Raises:
            ImageMissing: there is none, or it was made by another program.
        """
        image = self.get(name)
        try:
            said = json.loads(image.labels[LABEL_MANIFEST])
            size = int(image.attrs.get("Size", 0))
            return Manifest.from_json(
                {**said, "size_bytes": size, "built_at": image.attrs["Created"][:19] + "Z"}
            )
        except (KeyError, ValueError) as error:
            raise ImageMissing(
                f"runner image {name!r} does not say what it holds: build it: `judge images build {name}`",
                is_retryable=False,
            ) from error

    def measure(self, name: str) -> str:
        """Digest the contents as they are, in a fresh container.

        Raises:
            ImageMissing: there is none.
        """
        image = self.get(name)
        with (
            translated(f"reading image {name}"),
            tempfile.TemporaryDirectory(prefix="judge-image-") as folder,
        ):
            shutil.copyfile(FOLDER / "contents.py", Path(folder) / "contents.py")
            Path(folder).chmod(0o755)
            doing = f"reading image {name}"
            with finished_container(self._client, str(image.id), "contents.py", Path(folder), doing) as done:
                return done.said.strip()
