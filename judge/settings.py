"""One frozen `Settings`, read once from the environment and an optional file.

Order: environment (`JUDGE_…`), then the file named by `JUDGE_CONFIG` (or `<home>/judge.toml` when it
exists), then the defaults, which run everything on one machine with nothing installed. There is no
default secret: `load()` makes one on first start and keeps it in `<home>/secret` with mode 0600.
"""

import os
import secrets
import tempfile
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError

from judge.errors import ConfigurationError
from judge.gateways import GatewayTerms, ModelTerms, Name

SMALL_GATEWAY = "small"
SMALL_MODEL = "smollm2-135m"
SECRETS = frozenset({"secret_key", "receipt_key", "gateways"})
MAX_SOCKET_PATH = 90  # the kernel takes 107 bytes; names are appended to this folder


class Settings(BaseSettings):
    """All there is to set. Each field is `JUDGE_<NAME>` in the environment.

    Attributes:
        home: folder of everything kept: database, blobs, queue, secret, logs.
        database_url: SQLAlchemy URL; empty means SQLite in WAL mode below `home`.
        redis_url: Redis or Valkey; empty means the embedded Valkey supervised by `judge up`.
        blob_url: empty means a folder below `home`; `s3://bucket/prefix` for S3.
        secret_key: signs sessions; kept in `home/secret` when not given.
        receipt_key: 32 bytes as hex with which a worker signs receipts; kept in `home/receipt-key` when not
            given. The portal lists the public halves of all that were ever used.
        public_url: how browsers reach the portal; `https://` turns on secure cookies and HSTS.
        web_bind: host:port of the portal.
        web_threads: threads of each portal process; live pages hold one each.
        web_processes: portal processes.
        trusted_proxies: reverse proxies in front, whose forwarded headers are believed.
        max_upload_mib: hard cap of any request body.
        sandbox: `auto` takes Docker when an engine with the runner image answers.
        allow_local_sandbox: an administrator's veto on the weaker provider.
        docker_runtime: OCI runtime registered with the engine, e.g. `runsc`; empty means its default.
        worker_slots: judgements at one time; 0 means one per core.
        warm_sandboxes: most that wait ready per profile; fewer if fewer are asked for, 0 for none.
        warm_memory_mib: most memory of all that wait ready; 0 means a quarter of the host's.
        lease_s: a worker that is silent this long loses its judgement.
        heartbeat_s: seconds between signs of life.
        gpu_preferred_wait_s: how long a submission that prefers a GPU waits for a busy one.
        gpu_clean_within_s: a GPU that is not clean so long after use is quarantined.
        max_attempts: after so many lost leases or infrastructure faults the verdict is JE.
        registration: who may make an account.
        token_days: life of an API token.
        default_language: for browsers that ask for neither.
        rate_limits: whether requests are rate limited.
        gateways: by name, the models that problems of kind prompt may ask; see `judge.gateways`.
        small_model: run the small model that the catalogue's prompt problem is made for, as gateway `small`.
        small_model_port: where it listens, on the loopback interface.
        is_testing: only the tests set it: no rate limits and quick password hashes.
    """

    model_config = SettingsConfigDict(env_prefix="JUDGE_", frozen=True, extra="forbid", env_file=None)

    home: Path = Field(default_factory=lambda: user_data_path("openmodels-judge"))
    database_url: str = ""
    redis_url: str = ""
    blob_url: str = ""
    secret_key: SecretStr = SecretStr("")
    receipt_key: SecretStr = SecretStr("")
    public_url: str = "http://127.0.0.1:8000"
    web_bind: str = "127.0.0.1:8000"
    web_threads: Annotated[int, Field(ge=4, le=512)] = 64
    web_processes: Annotated[int, Field(ge=1, le=64)] = 1
    trusted_proxies: Annotated[int, Field(ge=0, le=5)] = 0
    max_upload_mib: Annotated[int, Field(ge=1)] = 2048
    sandbox: Literal["auto", "docker", "local"] = "auto"
    allow_local_sandbox: bool = True
    docker_runtime: str = ""
    worker_slots: Annotated[int, Field(ge=0, le=256)] = 0
    warm_sandboxes: Annotated[int, Field(ge=0, le=64)] = 4
    warm_memory_mib: Annotated[int, Field(ge=0)] = 0
    lease_s: Annotated[float, Field(gt=0)] = 10.0
    heartbeat_s: Annotated[float, Field(gt=0)] = 2.0
    gpu_preferred_wait_s: Annotated[float, Field(ge=0, le=3600)] = 30.0
    gpu_clean_within_s: Annotated[float, Field(gt=0, le=600)] = 30.0
    max_attempts: Annotated[int, Field(ge=1)] = 3
    registration: Literal["open", "closed"] = "open"
    token_days: Annotated[int, Field(ge=1)] = 180
    default_language: Literal["en", "zh"] = "zh"
    rate_limits: bool = True
    log_format: Literal["console", "json"] = "console"
    gateways: dict[Name, GatewayTerms] = Field(default_factory=dict)
    small_model: bool = False
    small_model_port: Annotated[int, Field(ge=1, le=65_535)] = 8035
    is_testing: bool = False

    @property
    def run_dir(self) -> Path:
        """Return the folder of sockets: below `home`, or a short one when that is too long for the kernel."""
        wanted = self.home / "run"
        if len(os.fsencode(wanted)) <= MAX_SOCKET_PATH:
            return wanted
        name = secrets_digest(str(self.home))
        return Path(tempfile.gettempdir()) / f"openmodels-judge-{os.getuid()}-{name}"

    @property
    def effective_database_url(self) -> str:
        """Return the SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.home / 'judge.sqlite3'}"

    @property
    def effective_redis_url(self) -> str:
        """Return the Redis URL in force (`unix://` for the embedded one)."""
        return self.redis_url or f"unix://{self.run_dir / 'valkey.sock'}"

    @property
    def effective_blob_url(self) -> str:
        """Return the blob store's URL in force."""
        return self.blob_url or f"file://{self.home / 'blobs'}"

    @property
    def effective_gateways(self) -> dict[str, GatewayTerms]:
        """Return the gateways in force: those of the administrator, and the small model's where it is run."""
        if not self.small_model or SMALL_GATEWAY in self.gateways:
            return self.gateways
        own = GatewayTerms(
            url=f"http://127.0.0.1:{self.small_model_port}/v1",
            models={SMALL_MODEL: ModelTerms()},
            n_at_once=1,  # it has one thread, and looks at one prompt after the other
            timeout_s=300.0,
        )
        return {**self.gateways, SMALL_GATEWAY: own}

    @property
    def is_https(self) -> bool:
        """Whether browsers reach the portal encrypted."""
        return self.public_url.startswith("https://")

    @property
    def effective_slots(self) -> int:
        """Return how many judgements a worker runs at one time."""
        return self.worker_slots or (os.cpu_count() or 1)


def child_environment(settings: Settings) -> dict[str, str]:
    """Return the environment in which a process of ours reads these same settings.

    Secrets are not among them unless they came from the environment: children find them where we did.
    """
    said = settings.model_dump(mode="json", exclude=set(SECRETS), exclude_defaults=True)
    said["home"] = str(settings.home)
    # What is set to its default here must not come back from the environment we were started in.
    fields = {f"JUDGE_{name.upper()}" for name in Settings.model_fields if name not in SECRETS}
    kept = {name: value for name, value in os.environ.items() if name.upper() not in fields}
    return {**kept, **{f"JUDGE_{name.upper()}": str(value) for name, value in said.items()}}


def secrets_digest(text: str) -> str:
    """Return eight hex characters that name `text` in a path."""
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()[:8]


def load(**overrides: Any) -> Settings:  # noqa: ANN401 - a field's own type
    """Read the settings once. Makes `home` and, on first start, the secret.

    Args:
        overrides: fields set by the command line; they win over everything.

    Raises:
        ConfigurationError: a value is wrong, or the file cannot be read; says which and where.
    """
    try:
        settings = Settings(**{**_file_values(overrides), **overrides})
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc'])) or 'settings'}: {e['msg']}" for e in error.errors()]
        raise ConfigurationError(
            "The settings are not valid: {problems}", params={"problems": "; ".join(lines)}
        ) from error
    except SettingsError as error:  # no JSON where JSON is meant; its text names the field, not the value
        raise ConfigurationError(
            "The settings are not valid: {problems}", params={"problems": str(error)}
        ) from error
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    settings.run_dir.mkdir(parents=True, exist_ok=True, mode=0o711)
    if not settings.secret_key.get_secret_value():
        kept = _kept_secret(settings.home / "secret", "everybody will have to sign in again")
        settings = settings.model_copy(update={"secret_key": SecretStr(kept)})
    return settings


def receipt_seed(settings: Settings) -> bytes:
    """Return the 32 secret bytes with which this worker signs receipts; made on first use.

    Raises:
        ConfigurationError: what is set or kept is not 32 bytes as hex.
    """
    given = settings.receipt_key.get_secret_value()
    words = given or _kept_secret(settings.home / "receipt-key", "receipts made before stay valid")
    try:
        seed = bytes.fromhex(words)
    except ValueError:
        seed = b""
    if len(seed) != 32:
        raise ConfigurationError("JUDGE_RECEIPT_KEY must be 32 bytes as 64 hexadecimal digits.")
    return seed


def _file_values(overrides: dict[str, Any]) -> dict[str, Any]:
    """Return the file's values that the environment does not override."""
    named = os.environ.get("JUDGE_CONFIG")
    home = overrides.get("home") or os.environ.get("JUDGE_HOME") or user_data_path("openmodels-judge")
    path = Path(named) if named else Path(home) / "judge.toml"
    if not path.is_file():
        if named:
            raise ConfigurationError(
                "JUDGE_CONFIG names {path}, which is not a file.", params={"path": named}
            )
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            "{path} is not valid TOML: {reason}", params={"path": str(path), "reason": str(error)}
        ) from error
    return {key: value for key, value in values.items() if f"JUDGE_{key.upper()}" not in os.environ}


def _kept_secret(path: Path, consequence: str) -> str:
    """Return the 32 bytes, as hex, kept in a file, made with an exclusive create so two processes agree."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        kept = path.read_text(encoding="ascii").strip()
        if len(kept) < 32:
            raise ConfigurationError(
                "{path} is damaged. Remove it to make a new secret; {consequence}.",
                params={"path": str(path), "consequence": consequence},
            ) from None
        return kept
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        secret = secrets.token_hex(32)
        stream.write(secret)
    return secret
