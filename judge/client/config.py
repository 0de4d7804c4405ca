"""Where the client finds the judge and its token: the environment, then a file in the user's own folder.

The server reads its environment in `judge.settings` alone; that module needs pydantic and makes the
server's secret, neither of which belongs on a team's training machine. So this module is the one
place where the client reads the environment (`JUDGE_URL`, `JUDGE_TOKEN`, and the language).

The file is made with mode 0600. A token kept for one address is never sent to another.
"""

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from platformdirs import user_config_path

from judge.client.errors import ConfigError

DEFAULT_URL = "http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class Config:
    """The address, and the token for it ("" when there is none)."""

    url: str
    token: str = ""


def config_path() -> Path:
    """Return the file that `judge login` writes."""
    return user_config_path("openmodels-judge") / "client.json"


def clean_url(url: str) -> str:
    """Return the address without a trailing slash.

    Raises:
        ConfigError: it is not an http or https address.
    """
    text = url.strip().rstrip("/")
    try:
        parts = urlsplit(text)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address or parts.username or parts.query or parts.fragment:
        raise ConfigError(f"{url!r} is not an address like https://judge.example.org")
    return text


def load(url: str | None = None, token: str | None = None) -> Config:
    """Return what to use: arguments win over the environment, that over the file.

    Raises:
        ConfigError: the file is damaged, or an address is not one.
    """
    saved = _read()
    wanted = clean_url(url or os.environ.get("JUDGE_URL") or saved.url or DEFAULT_URL)
    given = token or os.environ.get("JUDGE_TOKEN", "").strip()
    kept = saved.token if wanted == saved.url else ""
    return Config(wanted, given or kept)


def save(config: Config) -> Path:
    """Write the file atomically, readable by its owner only, and return its path."""
    path = config_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".client-")  # mode 0600 from the start
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump({"url": config.url, "token": config.token}, stream)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    return path


def forget() -> bool:
    """Remove the kept token; return whether there was one."""
    saved = _read()
    if not saved.token:
        return False
    save(Config(saved.url))
    return True


def language() -> str:
    """Return `zh` or `en` from the environment as gettext reads it: LC_ALL, LC_MESSAGES, LANG."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def _read() -> Config:
    path = config_path()
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Config("")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    try:
        values = json.loads(text)
        return Config(str(values["url"]), str(values["token"]))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ConfigError(f"{path} is damaged. Remove it and run `judge login` again.") from error
