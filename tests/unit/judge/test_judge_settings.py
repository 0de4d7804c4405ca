"""Settings: frozen, from environment and file, with a secret of their own."""

import os
import stat
from pathlib import Path

import pytest
from pydantic import ValidationError

from judge.errors import ConfigurationError
from judge.settings import MAX_SOCKET_PATH, child_environment, load


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("JUDGE_"):
            monkeypatch.delenv(name)


def test_a_secret_is_made_once_and_kept_private(tmp_path: Path) -> None:
    first, second = load(home=tmp_path / "j"), load(home=tmp_path / "j")
    secret = first.secret_key.get_secret_value()
    assert len(secret) == 64
    assert secret == second.secret_key.get_secret_value()
    assert stat.S_IMODE((tmp_path / "j" / "secret").stat().st_mode) == 0o600
    assert secret not in repr(first)
    assert load(home=tmp_path / "k").secret_key != first.secret_key


def test_a_damaged_secret_is_said(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("short")
    with pytest.raises(ConfigurationError, match="damaged"):
        load(home=tmp_path)


def test_environment_wins_over_file_and_arguments_over_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "judge.toml").write_text("lease_s = 20\nworker_slots = 3\nmax_attempts = 9\n")
    monkeypatch.setenv("JUDGE_WORKER_SLOTS", "5")
    settings = load(home=tmp_path, max_attempts=2)
    assert (settings.lease_s, settings.worker_slots, settings.max_attempts) == (20, 5, 2)


@pytest.mark.parametrize("text", ["lease_s = -1", "nonsense = 1", "= broken", "sandbox = 'podman'"])
def test_wrong_files_are_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "judge.toml").write_text(text)
    with pytest.raises(ConfigurationError):
        load(home=tmp_path)


def test_a_named_file_must_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUDGE_CONFIG", str(tmp_path / "no.toml"))
    with pytest.raises(ConfigurationError, match="not a file"):
        load(home=tmp_path)


def test_settings_are_frozen(tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        load(home=tmp_path).lease_s = 3.0  # type: ignore[misc]


def test_sockets_fit_the_kernel(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    settings = load(home=deep)
    assert len(str(settings.run_dir)) <= MAX_SOCKET_PATH
    assert settings.run_dir.is_dir()
    assert settings.effective_redis_url.startswith("unix://")
    settings.run_dir.rmdir()


def test_a_child_reads_the_same_settings_whatever_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUDGE_WEB_BIND", "127.0.0.1:8011")
    parent = load(home=tmp_path, web_bind="127.0.0.1:8000")
    environment = child_environment(parent)
    for name in [name for name in os.environ if name.startswith("JUDGE_")]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        if name.startswith("JUDGE_"):
            monkeypatch.setenv(name, value)
    assert load().model_dump(exclude={"secret_key"}) == parent.model_dump(exclude={"secret_key"})
