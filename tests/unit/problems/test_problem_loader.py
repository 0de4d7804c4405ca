"""Folders and zips: the same package from both, and nothing hostile gets through."""

import gc
import io
import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from package_factory import manifest, write_manifest

from problems.archive import pack, pack_public
from problems.errors import PackageError
from problems.loader import load
from problems.names import name_fault
from problems.unzip import Caps, extract


def code_of(path: Path, **options) -> str:
    with pytest.raises(PackageError) as caught:
        load(path, **options)
    return caught.value.findings[0].code


def make_zip(path: Path, *entries: tuple[object, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)  # type: ignore[arg-type]
    return path


def test_folder_is_loaded_with_hashes(toy: Path) -> None:
    package = load(toy)
    assert package.spec.slug == "toy"
    assert package.files["public/train.csv"].n_bytes == (toy / "public/train.csv").stat().st_size
    assert package.is_built
    assert [example.name for example in package.examples] == list(package.spec.examples)
    assert package.examples[0].format == "csv"


def test_identity_follows_names_and_bytes(toy: Path) -> None:
    first = load(toy).sha256
    assert load(toy).sha256 == first
    (toy / "public/train.csv").rename(toy / "public/train2.csv")
    renamed = load(toy).sha256
    (toy / "public/train2.csv").write_text("other")
    assert len({first, renamed, load(toy).sha256}) == 3


def test_zip_round_trip_is_the_same_package(toy: Path, tmp_path: Path) -> None:
    package = load(toy)
    packed = pack(package, tmp_path / "a.zip")
    os.utime(toy / "problem.yaml", (1, 1))
    (toy / "problem.yaml").chmod(0o600)
    again = pack(load(toy), tmp_path / "b.zip")
    assert packed.read_bytes() == again.read_bytes()
    kept = tmp_path / "kept"
    kept.mkdir()
    assert load(packed, into=kept).sha256 == package.sha256
    assert (kept / "problem.yaml").is_file()


def test_zip_without_target_lives_as_long_as_the_package(toy: Path, tmp_path: Path) -> None:
    loaded = load(pack(load(toy), tmp_path / "a.zip"))
    root = loaded.root
    assert loaded.statement("zh").startswith("# 标题")
    del loaded
    gc.collect()
    assert not root.exists()


def test_refused_zip_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    assert code_of(make_zip(tmp_path / "a.zip", ("x/problem.yaml", b"format: 1"))) == "missing-key"
    assert list((tmp_path / "tmp").iterdir()) == []


def test_wrapping_folder_is_dropped(toy: Path, tmp_path: Path) -> None:
    path = tmp_path / "wrapped.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for entry in load(toy).files.values():
            archive.write(entry.path, f"some folder/{entry.name}")
    assert load(path).sha256 == load(toy).sha256


def test_public_bundle_holds_no_hidden_file(toy: Path, tmp_path: Path) -> None:
    package = load(toy)
    with zipfile.ZipFile(pack_public(package, tmp_path / "p.zip")) as bundle:
        names = bundle.namelist()
        contents = b"".join(bundle.read(name) for name in names)
    assert "toy/train.csv" in names
    assert "toy/statement/zh.md" in names
    assert not any("hidden" in name or "submissions" in name for name in names)
    assert (toy / "hidden/reference/reference.csv").read_bytes() not in contents


def test_ignored_clutter_is_not_part_of_the_package(toy: Path) -> None:
    before = load(toy).sha256
    (toy / "public/__pycache__").mkdir()
    (toy / "public/__pycache__/x.pyc").write_bytes(b"1")
    (toy / ".DS_Store").write_bytes(b"1")
    assert load(toy).sha256 == before


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("notes.txt", "file-place"),
        ("hidden", "file-place"),
        ("public/a:b", "file-name"),
        ("public/.env", "file-name"),
    ],
)
def test_misplaced_and_misnamed_files(toy: Path, name: str, code: str) -> None:
    if name == "hidden":
        for path in sorted((toy / "hidden").rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        (toy / "hidden").rmdir()
    (toy / name).write_text("x")
    assert code_of(toy) == code


def test_links_and_pipes_in_a_folder_are_refused(toy: Path) -> None:
    (toy / "public/link.csv").symlink_to("/etc/passwd")
    assert code_of(toy) == "file-kind"
    (toy / "public/link.csv").unlink()
    os.mkfifo(toy / "public/pipe")
    assert code_of(toy) == "file-kind"
    (toy / "public/pipe").unlink()
    (toy / "public/folder").symlink_to("/etc")
    assert code_of(toy) == "file-kind"


def test_slug_must_equal_the_folder(toy: Path) -> None:
    write_manifest(toy, manifest() | {"slug": "other"})
    assert code_of(toy) == "slug-folder"


def test_missing_things(tmp_path: Path) -> None:
    assert code_of(tmp_path / "nothing") == "package-missing"
    assert code_of(tmp_path) == "manifest-missing"
    (tmp_path / "problem.yaml").symlink_to("/etc/passwd")
    assert code_of(tmp_path) == "manifest-missing"


def test_caps_on_folders(toy: Path) -> None:
    assert code_of(toy, caps=Caps(n_files=3)) == "file-count"
    (toy / "public/big").write_bytes(bytes(2**20 + 1))
    assert code_of(toy, caps=Caps(file_mib=1)) == "file-size"
    assert code_of(toy, caps=Caps(total_mib=1)) == "package-size"


ABSURD = [
    "../evil",
    "a/../../evil",
    "/etc/cron.d/evil",
    "a//b",
    "./a",
    "a\\..\\b",
    "C:evil",
    "a\0b",
    "x" * 4000,
    "a/" * 30 + "b",
    "\u202egnp.exe",
    "a\u200bb",
    "a\nb",
    "cafe\u0301",
    "a ",
    "trailing.",
    "\ud800",
    "",
]


@pytest.mark.parametrize("name", ABSURD)
def test_absurd_names(name: str) -> None:
    assert name_fault(name)


@pytest.mark.parametrize(
    "name", ["problem.yaml", "public/数据/训练集.csv", "public/a b (1).csv", "statement/図.png"]
)
def test_ordinary_names(name: str) -> None:
    assert name_fault(name) is None


@pytest.mark.parametrize("name", [name for name in ABSURD if name and "\ud800" not in name])
def test_absurd_names_in_a_zip(tmp_path: Path, name: str) -> None:
    raw = make_zip(tmp_path / "a.zip", ("problem.yaml", b"x"), ("N" * len(name.encode()), b"x")).read_bytes()
    # zipfile mends some names while writing, so the bytes are put in afterwards.
    (tmp_path / "a.zip").write_bytes(_rename(raw, b"N" * len(name.encode()), name.encode()))
    target = tmp_path / "deep" / "target"
    target.mkdir(parents=True)
    before = {path for path in tmp_path.rglob("*")}
    assert code_of(tmp_path / "a.zip", into=target) == "zip-name"
    assert {path for path in tmp_path.rglob("*")} == before


def _rename(raw: bytes, old: bytes, new: bytes) -> bytes:
    """Replace a name in a zip and mark it as UTF-8, in the local and the central header."""
    changed = bytearray(raw.replace(old, new))
    for magic, name_at, flag_at in ((b"PK\x03\x04", 30, 6), (b"PK\x01\x02", 46, 8)):
        at = changed.find(new) - name_at
        while at >= 0:
            if changed[at : at + 4] == magic:
                changed[at + flag_at + 1] |= 0x08
            following = changed.find(new, at + name_at + 1)
            at = following - name_at if following >= 0 else -1
    return bytes(changed)


def entry(name: str, mode: int = stat.S_IFREG | 0o644, **attributes: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    for key, value in attributes.items():
        setattr(info, key, value)
    return info


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_devices_in_a_zip(tmp_path: Path, kind: int) -> None:
    path = make_zip(
        tmp_path / "a.zip", ("problem.yaml", b"x"), (entry("public/link", kind | 0o777), b"/etc/passwd")
    )
    assert code_of(path) == "zip-entry"


def test_unusual_compression_and_encryption(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", (entry("a", compress_type=zipfile.ZIP_LZMA), b"x" * 100))
    raw = path.read_bytes()
    assert code_of(path) == "zip-entry"
    plain = bytearray(make_zip(tmp_path / "b.zip", ("aa", b"x")).read_bytes())
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        plain[plain.find(magic) + at] |= 1
    (tmp_path / "b.zip").write_bytes(plain)
    assert code_of(tmp_path / "b.zip") == "zip-entry"
    assert raw


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("second", ["public/a", "Public/A", "public/a/b"])
def test_colliding_names(tmp_path: Path, second: str) -> None:
    path = make_zip(tmp_path / "a.zip", ("problem.yaml", b"x"), ("public/a", b"1"), (second, b"2"))
    assert code_of(path) == "zip-duplicate"


def test_zip_bomb_is_stopped_by_what_comes_out(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", ("problem.yaml", b"x"), ("public/zeros", bytes(8 * 2**20)))
    assert path.stat().st_size < 20_000
    assert code_of(path, caps=Caps(file_mib=4)) == "zip-bomb"
    assert code_of(path, caps=Caps(total_mib=4)) == "zip-bomb"
    (tmp_path / "out").mkdir()
    with pytest.raises(PackageError):
        extract(path, tmp_path / "out", Caps(file_mib=1))
    assert (tmp_path / "out/public/zeros").stat().st_size <= 2**20


def test_lying_header_does_not_widen_the_budget(tmp_path: Path) -> None:
    raw = bytearray(make_zip(tmp_path / "a.zip", ("problem.yaml", bytes(3 * 2**20))).read_bytes())
    struct.pack_into("<L", raw, raw.find(b"PK\x01\x02") + 24, 10)
    (tmp_path / "a.zip").write_bytes(raw)
    assert code_of(tmp_path / "a.zip", caps=Caps(file_mib=1)) in {"zip-bomb", "zip-unreadable"}


def test_too_many_entries(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", *((f"public/{i}", b"") for i in range(30)))
    assert code_of(path, caps=Caps(n_files=20)) == "zip-entries"


def test_size_of_the_zip_itself(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(bytes(2**20 + 1))
    assert code_of(tmp_path / "a.zip", caps=Caps(zip_mib=1)) == "zip-size"


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip" * 100, b"PK\x05\x06" + bytes(5)])
def test_not_a_zip(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    assert code_of(tmp_path / "a.zip") == "zip-unreadable"


def _small_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("problem.yaml", b"format: 1\n" * 20)
        archive.writestr("public/a.csv", b"1,2,3\n" * 50)
    return buffer.getvalue()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(_small_zip()) - 1), st.integers(0, 255)), max_size=12),
    st.booleans(),
)
def test_any_damage_gives_a_package_error(
    tmp_path: Path, changes: list[tuple[int, int]], is_cut: bool
) -> None:
    raw = bytearray(_small_zip())
    for at, value in changes:
        raw[at] = value
    path = tmp_path / "damaged.zip"
    path.write_bytes(raw[: len(raw) * 2 // 3] if is_cut else raw)
    with pytest.raises(PackageError):  # the manifest inside is incomplete, so nothing here is valid
        load(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_give_a_package_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.zip"
    path.write_bytes(content)
    with pytest.raises(PackageError):
        load(path)
