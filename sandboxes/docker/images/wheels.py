"""Downloads the wheels of an image with the host's pip, and says plainly which build of torch there is."""

import contextlib
import hashlib
import os
import sys
import zipfile
from pathlib import Path

from sandboxes.definitions import Definition
from sandboxes.docker.images.work import run
from sandboxes.errors import ImageMissing

PYTHON = "3.11"
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
TORCH_CUDA_INDEX = "https://download.pytorch.org/whl/cu130"


def gather(definition: Definition, folder: Path) -> dict[str, str]:
    """Download every wheel of an image, pip's own among them.

    Args:
        definition: says which.
        folder: gets `wheels/` and `requirements.txt`.

    Returns:
        File name → SHA-256 of each wheel.

    Raises:
        ImageMissing: a wheel is not to be had; says which.
    """
    wheels = folder / "wheels"
    wheels.mkdir()
    (folder / "requirements.txt").write_text("".join(f"{line}\n" for line in definition.requirements))
    if not definition.requirements:
        return {}
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(wheels)]
    command += ["--only-binary=:all:", "--python-version", PYTHON, "--implementation", "cp"]
    for platform in _platforms():
        command += ["--platform", platform]
    for torch in [line for line in definition.requirements if line.startswith("torch==")]:
        _torch(command, torch, definition, wheels)
    run([*command, "--find-links", str(wheels), "pip", *definition.requirements], "downloading wheels")
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(wheels.iterdir())}


def _torch(command: list[str], requirement: str, definition: Definition, wheels: Path) -> None:
    """Look for the wanted build of torch at its own index, then wherever pip usually looks."""
    is_cuda = definition.torch == "cuda"
    index = TORCH_CUDA_INDEX if is_cuda else TORCH_CPU_INDEX
    quick = ["--no-deps", "--timeout", "10", "--retries", "0", "--index-url", index]
    # A CPU build is a tenth of the size; where its index cannot be reached the usual one serves.
    with contextlib.suppress(ImageMissing):
        run([*command, *quick, requirement], "looking for a build of torch")
    if not is_cuda:
        return
    run([*command, "--no-deps", "--find-links", str(wheels), requirement], "downloading torch")
    for wheel in wheels.glob("torch-*.whl"):
        if not has_cuda(wheel):
            raise ImageMissing(
                f"image {definition.name!r} needs PyTorch's CUDA build, and only {wheel.name} is to be had "
                f"here, which is for CPUs: let pip reach {TORCH_CUDA_INDEX} (or a mirror of it, named by "
                "pip's extra-index-url) and build again",
                is_retryable=False,
            )


def has_cuda(wheel: Path) -> bool:
    """Whether a wheel of torch was built for CUDA: it then holds the library of CUDA kernels."""
    with zipfile.ZipFile(wheel) as archive:
        return any(name.endswith("libtorch_cuda.so") for name in archive.namelist())


def _platforms() -> list[str]:
    machine = os.uname().machine
    # Debian bookworm has glibc 2.36.
    return [f"manylinux_2_{minor}_{machine}" for minor in (36, 34, 31, 28, 27, 26, 24, 17)] + [
        f"manylinux2014_{machine}",
        f"linux_{machine}",
    ]
