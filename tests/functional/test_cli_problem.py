"""`judge problem`: a real package of the catalogue, judged for real, then published or refused."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import problems
from judge import runtime as runtimes
from judge import settings as configuration
from judge.db import migrate
from judge.services import problems as service

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
CATALOGUE = Path(problems.__path__[0]) / "catalog"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Copy a problem with one example of each role; the demo's test judges all of them."""
    folder = tmp_path / "linear-regression"
    shutil.copytree(CATALOGUE / "linear-regression", folder)
    manifest = folder / "problem.yaml"
    spec = yaml.safe_load(manifest.read_text("utf-8"))
    of_role = {example["role"]: name for name, example in reversed(spec["examples"].items())}
    built = {"archive", "syntax-error"}  # made in any case
    for name in spec["examples"].keys() - set(of_role.values()) - built:
        del spec["examples"][name]
        shutil.rmtree(folder / "submissions" / name)
    manifest.write_text(yaml.safe_dump(spec, allow_unicode=True, sort_keys=False), "utf-8")
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("problem-home")
    migrate.upgrade(configuration.load(home=folder))
    return folder


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "judge", "problem", *words, "--home", str(home)],
        capture_output=True,
        text=True,
        timeout=280,
        env={**os.environ, "JUDGE_IS_TESTING": "true"},
        check=False,
    )


def slugs(home: Path) -> list[str]:
    runtime = runtimes.build(configuration.load(home=home))
    with runtime.database.read() as session:
        found = [problem.slug for problem in service.list_problems(session)]
    runtime.close()
    return found


def test_what_keeps_its_promise_is_published(home: Path, package: Path) -> None:
    done = run(home, "publish", str(package))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "may be published" in done.stdout
    assert slugs(home) == ["linear-regression"]
    same = run(home, "diff", "linear-regression@1.1.0", str(package))
    assert (same.returncode, same.stdout.splitlines()[-1]) == (0, "no difference")
    tests = package / "hidden" / "reference" / "tests.py"
    tests.write_text(tests.read_text("utf-8") + "# stricter\n", "utf-8")
    other = run(home, "diff", "linear-regression@1.1.0", str(package), "--json")
    assert other.returncode == 1, other.stderr
    (change,) = json.loads(other.stdout)["changes"]
    assert (change["place"], change["effect"]) == ("hidden/reference/tests.py", "rejudge")
    assert run(home, "diff", "linear-regression@9.9.9", str(package)).returncode == 3


def test_what_is_made_new_may_be_published_as_it_is(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "my-problem"
    command = [sys.executable, "-m", "judge", "problem", "new", "program", str(folder), "--cases", "--json"]
    made = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["slug"] == "my-problem"
    done = run(home, "check", str(folder), "--json")
    assert (done.returncode, json.loads(done.stdout)["findings"]) == (0, []), done.stdout + done.stderr
    again = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (again.returncode, json.loads(again.stdout)["code"]) == (2, "scaffold-exists")


def test_an_example_with_another_verdict_stops_it(home: Path, package: Path) -> None:
    manifest = package / "problem.yaml"
    text = manifest.read_text("utf-8")
    assert "verdict: TLE" in text
    manifest.write_text(text.replace("verdict: TLE", "verdict: MLE") + "\ngpu: {need: preferred}\n", "utf-8")
    done = run(home, "check", str(package), "--json")
    assert done.returncode == 1, done.stderr
    document = json.loads(done.stdout)
    wrong = [example for example in document["examples"] if not example["is_right"]]
    assert document["is_good"] is False
    assert wrong and {(example["verdict"], *example["expected"]) for example in wrong} == {("TLE", "MLE")}
    assert len(wrong) < len(document["examples"])
    assert "gpu-unproven" in {finding["code"] for finding in document["findings"]}


def test_what_lint_finds_stops_it_before_anything_is_judged(home: Path, package: Path) -> None:
    (package / "statement" / "zh.md").unlink()
    done = run(home, "check", str(package), "--json")
    document = json.loads(done.stdout)
    assert done.returncode == 1 and document["examples"] == []
    assert "statement/zh.md" in {finding["file"] for finding in document["findings"]}


def test_a_key_nobody_knows_is_told_with_its_line(home: Path, package: Path) -> None:
    manifest = package / "problem.yaml"
    n_lines = len(manifest.read_text("utf-8").rstrip("\n").splitlines())
    manifest.write_text(manifest.read_text("utf-8").rstrip("\n") + "\nsurprise: 1\n", "utf-8")
    done = run(home, "check", str(package))
    assert done.returncode == 1
    assert f"problem.yaml:{n_lines + 1}" in done.stdout and "surprise" in done.stdout


def test_no_package_and_no_owner(home: Path, package: Path, tmp_path: Path) -> None:
    assert run(home, "check", str(tmp_path / "nothing")).returncode == 2
    assert run(home, "check", str(tmp_path / "empty.zip")).returncode == 2
    (tmp_path / "empty.zip").write_bytes(b"PK not")
    broken = run(home, "check", str(tmp_path / "empty.zip"))
    assert broken.returncode == 1 and "Traceback" not in broken.stderr
    unknown = run(home, "publish", str(package), "--owner", "nobody")
    assert unknown.returncode == 3 and "nobody" in unknown.stderr
