"""`judge images` as an administrator runs it: a process, its output, its exit code."""

import json
import os
import subprocess
import sys

import pytest

from sandboxes.definitions import list_images
from sandboxes.manifests import Manifest

OK, NOT_ACCEPTED, USAGE, UNAVAILABLE = 0, 1, 2, 5


def run(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "judge", "images", *words],
        env={**os.environ, "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", [("list",), ("show", "python"), ("build", "python"), ("lock", "python")])
def test_without_an_engine_it_says_what_to_do(command, tmp_path):
    said = run(*command, DOCKER_HOST=f"unix://{tmp_path}/none.sock")
    assert said.returncode == UNAVAILABLE, said.stderr
    assert "no Docker engine answers" in said.stderr and "docker.io" in said.stderr
    assert "Traceback" not in said.stderr


def test_help_says_what_needs_root():
    said = " ".join(run("build", "--help").stdout.replace("│", " ").split())
    assert "needs root and mmdebstrap" in said and "--locked" in said


@pytest.mark.docker
class TestEngine:
    def test_the_list_has_every_definition(self):
        rows = {row["name"]: row for row in json.loads(run("list", "--json").stdout)}
        assert set(rows) == set(list_images())
        assert rows["python"]["state"] == "ready" and rows["python"]["size_bytes"] > 1e8
        text = run("list").stdout
        assert all(name in text for name in rows)

    def test_show_prints_a_manifest_and_verifies_it(self):
        said = run("show", "python", "--json", "--verify")
        assert said.returncode == OK, said.stderr
        manifest = Manifest.from_json(json.loads(said.stdout))
        assert manifest.contents in run("show", "python").stdout
        assert any(row.name == "libc6" and row.version for row in manifest.packages)

    def test_a_build_that_is_up_to_date_is_quick_and_says_the_digest(self):
        said = run("build", "python")
        assert said.returncode == OK, said.stderr
        assert "contents" not in said.stderr and "sha256:" in said.stdout

    def test_the_lock_is_the_manifest(self, tmp_path):
        said = run("lock", "python", "--locks", str(tmp_path))
        assert said.returncode == OK, said.stderr
        (path,) = tmp_path.iterdir()
        assert path.name == f"python.{os.uname().machine}.json"
        assert path.read_text(encoding="utf-8") == run("show", "python", "--json").stdout
        assert run("build", "python", "--locks", str(tmp_path)).returncode == OK

    @pytest.mark.parametrize("command", [("show",), ("build",), ("lock",)])
    def test_an_unknown_name_is_told(self, command):
        said = run(*command, "cobol")
        assert said.returncode == NOT_ACCEPTED
        assert said.stderr == f"no runner image 'cobol': there are {', '.join(list_images())}\n"
