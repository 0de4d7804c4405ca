"""Builds runner images with no registry: a Debian base bootstrapped from packages, wheels on top.

No builder and no Dockerfile is involved: a container of the base installs wheels that the host has
downloaded, bind-mounted and without a network, and is committed. That works with every engine since
20.10, keeps the wheels out of the image, and is one layer. `python -m sandboxes.docker.images NAME...`
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import docker
from docker.errors import ImageNotFound
from docker.models.containers import Container
from docker.models.images import Image
from docker.types import Mount

from sandboxes.docker.engine import connect, translated
from sandboxes.docker.provider import IMAGE_PREFIX
from sandboxes.errors import ImageMissing

DEFINITIONS = Path(__file__).resolve().parents[1] / "images"
BASE_TAG = "openmodels-judge/base"
SUITE, PYTHON = "bookworm", "3.11"
REGISTRY_BASE = "python:3.11-slim-bookworm"
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
LABEL_MANIFEST = "org.openmodels.judge.manifest"
LABEL_DEFINITION = "org.openmodels.judge.definition"
# Reproducible time stamps in the bootstrapped base.
SOURCE_DATE_EPOCH = "1767225600"
BUILD_TIMEOUT_S = 900
# Part of every definition: another way to build makes images made before it outdated.
RECIPE = b"2"


def list_images() -> list[str]:
    """List the runner images that are defined."""
    return sorted(path.parent.name for path in DEFINITIONS.glob("*/requirements.txt"))


def definition_digest(name: str) -> str:
    """Return a digest of all files an image is defined by.

    Raises:
        ImageMissing: there is no such definition.
    """
    if name not in list_images():
        raise ImageMissing(f"no runner image {name!r}: there are {', '.join(list_images())}")
    files = (DEFINITIONS / "base.txt", DEFINITIONS / "install.sh", DEFINITIONS / name / "requirements.txt")
    return hashlib.sha256(b"\0".join((RECIPE, *(file.read_bytes() for file in files)))).hexdigest()


def _requirements(name: str) -> list[str]:
    lines = (DEFINITIONS / name / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _run(command: list[str], doing: str, environment: dict[str, str] | None = None) -> None:
    answer = subprocess.run(  # noqa: S603 - our own command lines
        command, capture_output=True, text=True, check=False, env=environment, timeout=BUILD_TIMEOUT_S
    )
    if answer.returncode != 0:
        raise ImageMissing(f"{doing} failed: {answer.stderr.strip()[-1500:]}")


class ImageBuilder:
    """Makes runner images in an engine.

    Args:
        client: a connected engine.
    """

    def __init__(self, client: docker.DockerClient) -> None:
        self._client = client

    def build(self, name: str, *, is_forced: bool = False) -> str:
        """Make a runner image unless the one there is already made from this definition.

        Args:
            name: as in `sandboxes/images/`.
            is_forced: build even then.

        Returns:
            The image's id.

        Raises:
            ImageMissing: it cannot be built here; says what is missing.
        """
        digest = definition_digest(name)
        with (
            translated(f"building image {name}"),
            tempfile.TemporaryDirectory(prefix="judge-image-") as folder,
        ):
            replaced = self._find(name)
            if replaced is not None and replaced.labels.get(LABEL_DEFINITION) == digest and not is_forced:
                return str(replaced.id)
            base = self._base()
            self._gather(name, Path(folder))
            made = self._install(base, name, Path(folder), digest)
            if replaced is not None:
                with contextlib.suppress(docker.errors.APIError):  # a container may still use it
                    self._client.images.remove(str(replaced.id))
            return made

    def _find(self, name: str) -> Image | None:
        try:
            return self._client.images.get(IMAGE_PREFIX + name)
        except ImageNotFound:
            return None

    def _base(self) -> str:
        """Return a base image: the one there, one bootstrapped from packages, or one from a registry."""
        packages = (DEFINITIONS / "base.txt").read_text(encoding="utf-8")
        tag = f"{SUITE}-{hashlib.sha256(packages.encode()).hexdigest()[:12]}"
        with contextlib.suppress(ImageNotFound):
            return str(self._client.images.get(f"{BASE_TAG}:{tag}").id)
        wanted = [line for line in packages.splitlines() if line and not line.startswith("#")]
        if shutil.which("mmdebstrap") and os.geteuid() == 0:
            with tempfile.TemporaryDirectory(prefix="judge-base-") as folder:
                return self._bootstrap(wanted, tag, Path(folder) / "root.tar")
        try:
            return str(self._client.images.pull(REGISTRY_BASE).id)
        except docker.errors.APIError as error:
            raise ImageMissing(
                f"no base for runner images: {REGISTRY_BASE} cannot be pulled ({error.explanation}), and "
                "bootstrapping one needs root and mmdebstrap (apt-get install mmdebstrap)"
            ) from error

    def _bootstrap(self, packages: list[str], tag: str, archive: Path) -> str:
        command = ["mmdebstrap", "--variant=minbase", f"--include={','.join(packages)}", SUITE, str(archive)]
        environment = {"PATH": os.defpath + ":/usr/sbin:/sbin", "SOURCE_DATE_EPOCH": SOURCE_DATE_EPOCH}
        _run(command, "bootstrapping the base", environment)
        self._client.api.import_image_from_file(str(archive), repository=BASE_TAG, tag=tag)
        return str(self._client.images.get(f"{BASE_TAG}:{tag}").id)

    def _gather(self, name: str, folder: Path) -> None:
        """Put wheels, requirements and the install program where the container will see them."""
        wheels = folder / "wheels"
        wheels.mkdir()
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(wheels)]
        command += ["--only-binary=:all:", "--python-version", PYTHON, "--implementation", "cp"]
        for platform in _platforms():
            command += ["--platform", platform]
        wanted = _requirements(name)
        for torch in [line for line in wanted if line.startswith("torch==")]:
            # A CPU build is a tenth of the size; where its index cannot be reached the usual one serves.
            with contextlib.suppress(ImageMissing):
                quick = ["--no-deps", "--timeout", "10", "--retries", "0", "--index-url", TORCH_CPU_INDEX]
                _run([*command, *quick, torch], "looking for a CPU build of torch")
        _run([*command, "--find-links", str(wheels), "pip", *wanted], "downloading wheels")
        for file in (DEFINITIONS / name / "requirements.txt", DEFINITIONS / "install.sh"):
            shutil.copyfile(file, folder / file.name)
        folder.chmod(0o755)

    def _install(self, base: str, name: str, folder: Path, digest: str) -> str:
        with self._container(base, folder) as container:
            container.start()
            code = int(container.wait(timeout=BUILD_TIMEOUT_S)["StatusCode"])
            said = container.logs(stdout=True, stderr=True)
            if code != 0:
                raise ImageMissing(f"installing image {name} failed: {said.decode(errors='replace')[-1500:]}")
            manifest = hashlib.sha256(container.logs(stdout=True, stderr=False)).hexdigest()
            labels = f'LABEL {LABEL_DEFINITION}="{digest}" {LABEL_MANIFEST}="{manifest}"'
            image = container.commit(
                repository=IMAGE_PREFIX + name,
                tag="latest",
                changes=[labels, 'CMD ["python3"]', "ENV PATH=" + PATH],
            )
            return str(image.id)

    @contextlib.contextmanager
    def _container(self, base: str, folder: Path) -> Iterator[Container]:
        container = self._client.containers.create(
            base,
            ["sh", "/build/install.sh"],
            network_mode="none",
            # A mount, not a volume: a volume would be committed with the image, and then every sandbox
            # would get a folder on the host's disk at this path.
            mounts=[Mount("/build", str(folder), type="bind", read_only=True)],
            environment={"PATH": PATH, "LANG": "C.UTF-8"},
        )
        try:
            yield container
        finally:
            container.remove(force=True, v=True)


PATH = "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin"


def _platforms() -> list[str]:
    machine = os.uname().machine
    # Debian bookworm has glibc 2.36.
    return [f"manylinux_2_{minor}_{machine}" for minor in (36, 34, 31, 28, 27, 26, 24, 17)] + [
        f"manylinux2014_{machine}",
        f"linux_{machine}",
    ]


def main() -> None:
    """Build the images named on the command line, or all."""
    builder = ImageBuilder(connect())
    for name in sys.argv[1:] or list_images():
        sys.stdout.write(f"{name} {builder.build(name)}\n")


if __name__ == "__main__":
    main()
