"""What changed between two versions, what it means for results, and zips with equal bytes."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from package_factory import manifest, write_manifest
from typer.testing import CliRunner

from judge.cli.main import app
from problems.diff import Content, compare
from problems.loader import load
from problems.pack import pack


@pytest.fixture
def old(tmp_path: Path) -> Path:
    folder = tmp_path / "old" / "toy"
    for name in ("statement/en.md", "hidden/reference/reference.csv", "submissions/good/s.csv"):
        path = folder / name
        path.parent.mkdir(parents=True)
        path.write_text("x\n")
    write_manifest(folder, manifest())
    return folder


@pytest.fixture
def new(old: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(old, tmp_path / "new" / "toy"))


def changes(old: Path, new: Path) -> dict[str, str]:
    found = compare(Content.of(load(old)), Content.of(load(new)))
    return {change.place: change.effect for change in found}


def bend(folder: Path, **values) -> None:
    write_manifest(folder, {**manifest(), **values})


def test_nothing_changed(old, new):
    # Neither comments nor the order of keys is a change.
    text = (new / "problem.yaml").read_text()
    (new / "problem.yaml").write_text("# a comment\n" + text)
    assert changes(old, new) == {}


@pytest.mark.parametrize(
    ("key", "value", "place", "effect"),
    [
        ("limits", {"score": {"wall_time_s": 9}}, "limits.score.wall_time_s", "rejudge"),
        ("submission", {"formats": ["csv", "parquet"], "max_mib": 1}, "submission.formats[1]", "rejudge"),
        ("leaderboard", {"decimals": 3}, "leaderboard.decimals", "ranking"),
        ("summary", {"en": "Another.", "zh": "一个玩具。"}, "summary.en", "text"),
    ],
)
def test_keys_of_the_manifest(old, new, key, value, place, effect):
    bend(new, **{key: value})
    assert changes(old, new) == {place: effect}


def test_files(old, new):
    (new / "statement/en.md").write_text("longer\n")
    (new / "hidden/reference/reference.csv").unlink()
    (new / "public").mkdir()
    (new / "public/train.csv").write_text("y\n")
    (new / "submissions/good/s.csv").write_text("z\n")
    assert changes(old, new) == {
        "hidden/reference/reference.csv": "rejudge",
        "public/train.csv": "text",
        "statement/en.md": "text",
        "submissions/good/s.csv": "proof",
    }


def run(*words: str):
    return CliRunner().invoke(app, ["problem", *words])


def test_the_command_says_what_it_means(old, new, tmp_path):
    bend(new, version="1.1.0", limits={"score": {"wall_time_s": 9}})
    done = run("diff", str(old), str(new), "--json", "--home", str(tmp_path))
    document = json.loads(done.stdout)
    assert (done.exit_code, document["needs_rejudge"], document["is_same"]) == (1, True, False)
    assert document["new"] == "toy 1.1.0"
    lines = run("diff", str(old), str(new), "--home", str(tmp_path)).stdout
    assert "version: '1.0.0' -> '1.1.0'" in lines
    assert "earlier submissions may get other results" in lines


def test_a_package_and_its_zip_are_the_same(old, tmp_path):
    for name in ("one.zip", "two.zip"):
        assert run("pack", str(old), str(tmp_path / name)).exit_code == 0
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    same = run("diff", str(old), str(tmp_path / "one.zip"), "--home", str(tmp_path))
    assert (same.exit_code, same.stdout) == (0, "toy 1.0.0 -> toy 1.0.0\nno difference\n")


def test_times_and_modes_of_files_do_not_matter(old, tmp_path):
    pack(load(old), tmp_path / "one.zip")
    for path in old.rglob("*.md"):
        path.touch()
        path.chmod(0o600)
    pack(load(old), tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.namelist() == sorted(archive.namelist())


def test_nothing_there_is_a_mistake_in_the_command(old, tmp_path):
    assert run("diff", str(old), str(tmp_path / "gone"), "--home", str(tmp_path)).exit_code == 2
