"""Where the client finds address and token, and whom it gives them to."""

import os
import stat

import pytest

from judge.client import config
from judge.client.config import Config, clean_url
from judge.client.errors import ConfigError


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("JUDGE_URL", "JUDGE_TOKEN", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)


def test_nothing_is_kept_at_first() -> None:
    assert config.load() == Config("http://127.0.0.1:8000", "")
    assert config.forget() is False


def test_what_is_kept_comes_back_and_is_private() -> None:
    old = os.umask(0)
    try:
        path = config.save(Config("https://judge.test", "omj_1"))
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert config.load() == Config("https://judge.test", "omj_1")
    assert config.forget() is True
    assert config.load() == Config("https://judge.test", "")
    assert [item.name for item in path.parent.iterdir()] == ["client.json"]


def test_the_environment_wins(monkeypatch) -> None:
    config.save(Config("https://judge.test", "omj_1"))
    monkeypatch.setenv("JUDGE_TOKEN", " omj_2\n")
    assert config.load() == Config("https://judge.test", "omj_2")
    monkeypatch.setenv("JUDGE_URL", "https://other.test/")
    assert config.load() == Config("https://other.test", "omj_2")


def test_a_kept_token_is_not_sent_elsewhere(monkeypatch) -> None:
    config.save(Config("https://judge.test", "omj_1"))
    monkeypatch.setenv("JUDGE_URL", "https://evil.test")
    assert config.load().token == ""
    assert config.load("http://judge.test").token == ""  # the same name without encryption is elsewhere too


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"url": 1}', "\x00", "[" * 50_000])
def test_a_damaged_file_is_said_so(text: str) -> None:
    path = config.save(Config("https://judge.test", "omj_1"))
    path.write_text(text)
    with pytest.raises(ConfigError, match="damaged"):
        config.load()


@pytest.mark.parametrize(
    "url",
    ["judge.test", "ftp://judge.test", "http://", "http://a:b@judge.test", "http://x/?q=1", "http://[", "x"],
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(ConfigError):
        clean_url(url)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "zh_TW"}, "zh"),
    ],
)
def test_language(monkeypatch, variables: dict[str, str], expected: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert config.language() == expected
