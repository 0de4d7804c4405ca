"""The connection to the engine: one place where its exceptions become ours."""

import contextlib
import socket
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import docker
import requests
from docker.errors import APIError, DockerException
from docker.tls import TLSConfig
from docker.utils import kwargs_from_env

from sandboxes.capacity import Capacity, of_this_host
from sandboxes.docker.failure import classify
from sandboxes.docker.transport import Adapter
from sandboxes.errors import ProviderUnavailable
from sandboxes.limits import MIB

TIMEOUT_S = 60
USUAL_PLACE = "unix:///var/run/docker.sock"
ADVICE = "install and start Docker (apt-get install docker.io), or allow the local provider"


@contextlib.contextmanager
def translated(doing: str) -> Iterator[None]:
    """Raise a `SandboxError` for whatever the engine raises.

    Args:
        doing: what is being attempted.
    """
    try:
        yield
    except APIError as error:
        raise classify(error.status_code, str(error.explanation or error), doing) from error
    except (DockerException, requests.RequestException, OSError) as error:
        raise classify(None, str(error), doing) from error


def connect(base_url: str | None = None) -> docker.DockerClient:
    """Connect to an engine that answers.

    Args:
        base_url: its address; None takes the usual place (or what DOCKER_HOST says).

    Raises:
        ProviderUnavailable: none answers; says what to do.
    """
    try:
        usual = kwargs_from_env()
        address = base_url or str(usual.get("base_url") or USUAL_PLACE)
        if address.startswith("unix://"):
            # The client would leave its own socket open if nobody listens.
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(address.removeprefix("unix://"))
        tls = usual.get("tls")
        secured = tls if isinstance(tls, TLSConfig) and base_url is None else False
        client = docker.DockerClient(base_url=address, tls=secured, timeout=TIMEOUT_S)
        if address.startswith("unix://"):
            client.api.mount("http+docker://", Adapter(address.replace("unix://", "http+unix://"), TIMEOUT_S))
            # No proxy leads to a socket; looking for one reads the environment at each call, beside whoever
            # changes it.
            client.api.trust_env = False
        client.ping()
    except (DockerException, requests.RequestException, OSError) as error:
        raise ProviderUnavailable(f"no Docker engine answers ({error}): {ADVICE}") from error
    return client


def engine_capacity(info: Mapping[str, Any], runtime: str | None) -> Capacity:
    """Read from an engine's words about itself what one container could have at most.

    Args:
        info: what `GET /info` says.
        runtime: the OCI runtime that will be asked for; None for the engine's default.

    Raises:
        ProviderUnavailable: that runtime is not registered.
    """
    known = info.get("Runtimes") or {}
    if runtime is not None and runtime not in known:
        raise ProviderUnavailable(
            f"the OCI runtime {runtime!r} is not registered with the engine, "
            f"which has {', '.join(sorted(known))}: add it to daemon.json, or change JUDGE_DOCKER_RUNTIME",
            is_retryable=False,
        )
    here = of_this_host(is_raised_by_root=True)
    n_cores = int(info.get("NCPU") or 0)
    # Where this process is confined to some cores, so are its sandboxes; an engine elsewhere counts from 0.
    cores = here.cores if here.cores and max(here.cores) < n_cores else tuple(range(n_cores))
    memory_mib = int(info.get("MemTotal") or 0) // MIB
    return replace(here, cores=cores or here.cores, memory_mib=memory_mib or here.memory_mib)
