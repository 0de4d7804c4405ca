"""Chooses the provider of a host: Docker if an engine answers and has an image, else the local one."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from sandboxes.base import Provider
from sandboxes.errors import ImageMissing, ProviderUnavailable, SandboxError

Kind = Literal["auto", "docker", "local"]


def select_provider(
    kind: Kind,
    *,
    allow_local: bool,
    owner: str,
    run_dir: Path,
    hidden: Iterable[Path] = (),
    image: str = "python-ml",
    docker_url: str | None = None,
    docker_runtime: str | None = None,
) -> Provider:
    """Return a provider that can run things on this host.

    Args:
        kind: `auto` tries Docker first and falls back to the local provider if that is allowed.
        allow_local: whether the administrator accepts the weaker provider.
        owner: name of this worker service, for sweeping leftovers.
        run_dir: folder for slots.
        hidden: host folders a local sandbox must not see even if they lie in the environment.
        image: runner image the engine must have to be chosen.
        docker_url: the engine's address; None takes the usual place.
        docker_runtime: OCI runtime registered with it. Who names one wants stronger walls than usual, so
            nothing weaker is taken in its place.

    Raises:
        ProviderUnavailable: nothing can run here, or it is forbidden; says what to do.
        ImageMissing: `docker` was asked for and its runner image is not built.
    """
    if kind == "local":
        return _local(allow_local, owner, run_dir, hidden, why="")
    try:
        return _docker(owner, run_dir, image, docker_url, docker_runtime)
    except (ProviderUnavailable, ImageMissing) as error:
        if kind == "docker" or docker_runtime:
            raise
        return _local(allow_local, owner, run_dir, hidden, why=error.detail)


def _docker(owner: str, run_dir: Path, image: str, url: str | None, runtime: str | None) -> Provider:
    try:
        from sandboxes.docker import Docker
    except ImportError as error:
        raise ProviderUnavailable(
            "the Docker client library is not installed: pip install 'openmodels-judge[worker]'",
            is_retryable=False,
        ) from error
    provider = Docker(owner, run_dir, url, runtime)
    try:
        provider.image_digest(image)
    except SandboxError:
        provider.close()
        raise
    return provider


def _local(allow_local: bool, owner: str, run_dir: Path, hidden: Iterable[Path], why: str) -> Provider:
    if not allow_local:
        reason = f"Docker cannot be used ({why}) and the" if why else "the"
        raise ProviderUnavailable(
            f"{reason} local provider is forbidden by the settings: install and start Docker and build the "
            "runner images, or allow the local provider",
            is_retryable=False,
        )
    from sandboxes.local import Local

    try:
        return Local(owner, run_dir, hidden)
    except ProviderUnavailable as error:
        if not why:
            raise
        raise ProviderUnavailable(f"{error.detail}. Docker: {why}", is_retryable=False) from error
