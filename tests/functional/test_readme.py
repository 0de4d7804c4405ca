"""Runs the README: every command block, in its order, against a real judge in a folder of its own."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.functional.test_stack import environment, free_port, judge_up

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ADDRESS = "http://127.0.0.1:8000"
EXAMPLE = Path("problems/catalog/linear-regression")

pytestmark = [pytest.mark.slow, pytest.mark.serial]


def blocks(name="README.md"):
    return BLOCK.findall((ROOT / name).read_text(encoding="utf-8"))


def make_lines():
    return [line for block in blocks() for line in block.splitlines() if line.startswith("make ")]


def test_both_languages_show_the_same_commands():
    assert blocks("README.zh.md") == blocks("README.md")
    assert len(blocks()) >= 7


@pytest.mark.parametrize("line", make_lines())
def test_make_targets_exist_and_are_listed(line):
    words = line.split()
    subprocess.run([*words, "-n"], cwd=ROOT, check=True, capture_output=True)
    listed = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert re.search(rf"^  make {words[1]} ", listed, re.MULTILINE)


def test_links_lead_somewhere():
    for name in ("README.md", "README.zh.md"):
        for target in re.findall(r"\]\(([^)]+)\)", (ROOT / name).read_text(encoding="utf-8")):
            assert (ROOT / target).exists(), f"{name} links to {target}"


@pytest.mark.timeout(600)
def test_commands_run_as_written(tmp_path):
    shutil.copytree(
        ROOT / EXAMPLE, tmp_path / EXAMPLE, ignore=shutil.ignore_patterns("hidden", "__pycache__")
    )
    port = free_port()
    with judge_up(tmp_path / "home", port) as (_, running):
        run("judge catalogue publish", tmp_path, running.url)
        said = run("judge admin create-account reader --token --json", tmp_path, running.url)
        (tmp_path / "token").write_text(re.search(r"omj_\w+", said).group())
        for block in blocks():
            lines = [line for line in block.splitlines() if not line.startswith(("make ", "judge up"))]
            # the doctor would find its own judge's port taken under the default settings
            run("\n".join(lines), tmp_path, running.url)
        board = run("judge leaderboard practice --problem linear-regression --json", tmp_path, running.url)
        assert "reader" in board


def run(script, folder, url):
    """Run a block in bash, its address replaced by the running judge's."""
    own = {
        **environment(),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "JUDGE_HOME": str(folder / "home"),
        "JUDGE_WEB_BIND": url.removeprefix("http://"),
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script.replace(ADDRESS, url)],
        cwd=folder,
        env=own,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout
