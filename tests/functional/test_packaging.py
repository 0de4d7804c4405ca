"""The wheel, away from the checkout: a light base for teams, and a whole server with everything in it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tarfile
import time
import zipfile
from pathlib import Path

import httpx
import pytest

from judge import runtime as runtimes
from judge.services import accounts
from judge.settings import load

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("judge", "web", "sandboxes", "scoring", "problems", "infra", "tests/conformance/attacks")
SOURCE_FILES = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE")
SERVER_ONLY = ("flask", "celery", "sqlalchemy", "redis", "torch", "numpy")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def run(command, **options):
    """Run a command to its end and return what it said."""
    options.setdefault("env", clean_environment())
    expected = options.pop("expected", 0)
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, **options)
    assert done.returncode == expected, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def clean_environment(**more):
    """Return an environment in which nothing points into the checkout."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUDGE_", "PYTHON", "VIRTUAL_ENV", "COV_"))
    }
    return {**kept, **more}


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """Build wheel and sdist from a copy of the sources, so that the checkout stays as it is."""
    folder = tmp_path_factory.mktemp("build")
    for name in SOURCES:
        ignored = shutil.ignore_patterns("__pycache__", "*.mo", ".mypy_cache")
        shutil.copytree(ROOT / name, folder / "source" / name, ignore=ignored)
    for name in SOURCE_FILES:
        shutil.copy(ROOT / name, folder / "source" / name)
    leftover = folder / "source" / "problems" / "catalog" / "caravan" / "hidden" / "reference"
    leftover.mkdir(parents=True, exist_ok=True)
    (leftover / "reference.csv").write_text("id,label\n1,1\n")
    run([sys.executable, "-m", "build", "--no-isolation", "--outdir", folder / "dist", folder / "source"])
    return folder / "dist"


@pytest.fixture(scope="module")
def wheel(archives):
    return next(archives.glob("*.whl"))


@pytest.fixture(scope="module")
def base(wheel, tmp_path_factory):
    """Install the wheel's base into a fresh environment; returns its bin folder."""
    folder = tmp_path_factory.mktemp("base") / "venv"
    run([sys.executable, "-m", "venv", folder])
    run([folder / "bin" / "pip", "install", "-qq", "--disable-pip-version-check", wheel])
    return folder / "bin"


@pytest.fixture(scope="module")
def server(wheel, tmp_path_factory):
    """Install the wheel alone into a fresh environment that borrows this one's libraries."""
    folder = tmp_path_factory.mktemp("server") / "venv"
    run([sys.executable, "-m", "venv", folder])
    pip = [folder / "bin" / "pip", "install", "-qq", "--disable-pip-version-check", "--no-deps", wheel]
    run(pip)
    packages = next((folder / "lib").glob("python*")) / "site-packages"
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


def test_wheel_carries_everything_and_nothing_built(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "web/templates/layouts/base.html",
        "web/translations/zh/LC_MESSAGES/messages.mo",
        "web/static/css/judge.css",
        "judge/migrations/env.py",
        "judge/migrations/script.py.mako",
        "problems/catalog/caravan/problem.yaml",
        "problems/catalog/caravan/statement/zh.md",
        "problems/catalog/digits/prepare.py",
        "problems/catalog/linear-regression/submissions/good/solution.py",
        "problems/catalog/linear-regression/public/starter/solution.py",
        "sandboxes/seccomp.json",
        "sandboxes/attacks/probe.py",
        "sandboxes/attacks/processes/fork_bomb.py",
    } <= names
    n_attacks = len(list((ROOT / "tests/conformance/attacks").glob("*/*.py")))
    assert sum(name.startswith("sandboxes/attacks/") for name in names) == n_attacks + 1
    assert any(name.startswith("judge/migrations/versions/") for name in names)
    built = [name for name in names if "/hidden/" in name or name.endswith((".onnx", ".csv", ".pyc"))]
    # a scaffold's hidden tests and environment are written by hand: they are what it shows
    assert not [
        name for name in built if not (name.startswith("problems/scaffolds/") and name.endswith(".py"))
    ]
    assert not [name for name in names if name.startswith(("tests/", "infra/"))]


def test_source_archive_builds_the_same_wheel(archives, wheel, tmp_path):
    with tarfile.open(next(archives.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path)  # ours, from a moment ago
    source = next(tmp_path.iterdir())
    run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path / "dist", source])
    again = next((tmp_path / "dist").glob("*.whl"))
    assert set(zipfile.ZipFile(again).namelist()) == set(zipfile.ZipFile(wheel).namelist())


def test_base_install_is_light(base, tmp_path):
    assert "submit" in run([base / "judge", "--help"], cwd=tmp_path)
    for module in SERVER_ONLY:
        probe = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is not None)"
        run([base / "python", "-c", probe], cwd=tmp_path)


def test_base_install_names_what_a_server_command_lacks(base, tmp_path):
    done = subprocess.run(
        [base / "judge", "up"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=clean_environment(),
        check=False,
    )
    assert done.returncode == 7
    assert 'pip install "openmodels-judge[server]"' in done.stderr
    doctor = subprocess.run(
        [base / "judge", "doctor"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=clean_environment(JUDGE_HOME=str(tmp_path)),
        check=False,
    )
    assert doctor.returncode == 1, doctor.stderr
    assert "extra server" in doctor.stdout


def test_installed_judge_attacks_its_own_sandbox(server, tmp_path):
    environment = clean_environment(JUDGE_HOME=str(tmp_path / "home"))
    command = [server / "judge", "doctor", "--attack", "--provider", "local", "--only", "sleeper", "--json"]
    said = json.loads(run(command, cwd=tmp_path, env=environment))
    assert [(row["name"], row["is_contained"]) for row in said["attacks"]] == [("processes/sleeper", True)]
    # What one that gets through looks like: the same program, and a promise that no sandbox keeps.
    program = next(server.parent.glob("lib/python*/site-packages/sandboxes/attacks/processes/sleeper.py"))
    program.write_text(program.read_text().replace("Must: TLE", "Must: AC"))
    lines = run([*command[:-1]], cwd=tmp_path, env=environment, expected=1)
    assert "NOT contained  processes/sleeper" in lines
    assert "0 of 1 contained, 1 got through" in lines
    program.write_text("pass")
    failed = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (failed.returncode, failed.stdout) == (2, "")
    assert "processes/sleeper: no docstring" in failed.stderr


def test_server_from_the_wheel_serves_teams(base, server, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        bind = f"127.0.0.1:{probe.getsockname()[1]}"
    home = tmp_path / "home"
    settings = clean_environment(JUDGE_HOME=str(home), JUDGE_WEB_BIND=bind, JUDGE_PUBLIC_URL=f"http://{bind}")
    where = run(
        [server / "python", "-c", "import judge, web; print(judge.__file__, web.__file__)"], cwd=tmp_path
    )
    assert str(ROOT) not in where.replace(sysconfig.get_path("purelib"), "")
    assert "at version" in run([server / "judge", "db", "upgrade"], cwd=tmp_path, env=settings)
    assert "agrees with the models" in run([server / "judge", "db", "check"], cwd=tmp_path, env=settings)
    assert "caravan" in run([server / "judge", "catalogue", "list"], cwd=tmp_path, env=settings)
    run([server / "judge", "doctor", "--json"], cwd=tmp_path, env=settings)
    web = subprocess.Popen([server / "judge", "web"], cwd=tmp_path, env=settings)
    try:
        await_portal(f"http://{bind}/healthz", web)
        page = httpx.get(f"http://{bind}/", headers={"Accept-Language": "zh-CN"})
        assert page.status_code == 200
        assert "练习" in page.text
        assert httpx.get(f"http://{bind}/static/css/judge.css").status_code == 200
        team = clean_environment(JUDGE_URL=f"http://{bind}", JUDGE_TOKEN=make_token(home))
        assert run([base / "judge", "problems", "--json"], cwd=tmp_path, env=team)
    finally:
        web.terminate()
        web.wait(30)


def await_portal(url, process):
    """Return once the portal answers."""
    began = time.monotonic()
    while time.monotonic() - began < 60:
        assert process.poll() is None, "the portal ended"
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("the portal did not answer")


def make_token(home):
    """Make an account with a token, as `judge admin` does."""
    runtime = runtimes.build(load(home=home))
    try:
        with runtime.database.transaction() as session:
            account = accounts.register(session, username="lin", password="a long enough one")
            return accounts.create_token(session, account, name="test").text
    finally:
        runtime.close()
