"""Static checks of uploads: names, declared formats, archives."""

import io
import stat
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.errors import UploadRejected
from judge.services import archives, uploads
from judge.services.archives import ZipCaps, checked_members
from tests.factories.packages import predictions_package

FORMATS = (
    "csv",
    "parquet",
    "jsonl",
    "npy",
    "npz",
    "onnx",
    "torchscript",
    "torch-export",
    "safetensors",
    "py",
)


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd", "a/b.csv", "a\\b.csv", "nul\0.csv", "x" * 4000, "evil\u202efdp.csv",
        "a\u200bb.csv", "line\nbreak.csv", "", "   ", "...", "\ud800.csv",
    ],
)  # fmt: skip
def test_absurd_names_are_refused(name: str) -> None:
    with pytest.raises(UploadRejected) as caught:
        uploads.safe_name(name)
    assert caught.value.code == "bad-filename"
    assert name not in caught.value.formatted() or not name.strip()


@pytest.mark.parametrize("name", ["predictions.csv", "我的 结果 (2).csv", "résumé.py", ".hidden.csv"])
def test_honest_names_are_kept(name: str) -> None:
    assert uploads.safe_name(name) == name


@given(st.text(max_size=300))
def test_any_name_is_refused_or_safe(name: str) -> None:
    try:
        safe = uploads.safe_name(name)
    except UploadRejected:
        return
    assert 0 < len(safe) <= 200
    assert not set(safe) & set("/\\\0\n\r")
    assert safe not in {".", ".."}


@given(st.binary(max_size=2000), st.sampled_from(FORMATS))
def test_any_bytes_pass_or_are_refused_with_a_code(body: bytes, file_format: str) -> None:
    from tempfile import NamedTemporaryFile

    with NamedTemporaryFile() as stream:
        stream.write(body)
        stream.flush()
        try:
            uploads.check_file(Path(stream.name), file_format)
        except UploadRejected as error:
            assert error.code
            assert error.formatted()


def zipped(path: Path, members: dict[str, bytes], **more) -> Path:
    with zipfile.ZipFile(path, "w", **more) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return path


def npy() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.arange(3))
    return stream.getvalue()


def test_honest_files_pass(tmp_path: Path) -> None:
    header = b'{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}'
    honest = {
        "csv": "id,p\n1,0.5\n".encode("utf-8-sig"),
        "jsonl": b'{"id": 1}\n',
        "py": "x = '值'\n".encode(),
        "parquet": b"PAR1....PAR1",
        "npy": npy(),
        "onnx": b"\x08\x08\x12\x07pytorch",
        "safetensors": struct.pack("<Q", len(header)) + header,
    }
    for file_format, body in honest.items():
        path = tmp_path / "file"
        path.write_bytes(body)
        uploads.check_file(path, file_format)
    uploads.check_file(zipped(tmp_path / "a", {"y.npy": npy()}), "npz")
    uploads.check_file(zipped(tmp_path / "b", {"m/code/a.py": b"", "m/data.pkl": b""}), "torchscript")
    uploads.check_file(zipped(tmp_path / "c", {"m/archive_format": b"pt2"}), "torch-export")
    uploads.check_file(zipped(tmp_path / "d", {"schema.json": b"{}", "1.npy": npy()}), "skops")


@pytest.mark.parametrize(
    ("file_format", "body", "code"),
    [
        ("csv", b"", "empty-file"),
        ("csv", b"PK\x03\x04....", "format-mismatch"),
        ("csv", b"a,b\n\0\0", "not-utf-8"),
        ("csv", "id\n".encode("utf-16"), "not-utf-8"),
        ("parquet", b"id,p\n", "format-mismatch"),
        ("npz", npy(), "format-mismatch"),
        ("onnx", b"\x80\x04\x95\x00\x00", "pickle-refused"),
        ("onnx", b"\x7fELF\x02\x01", "format-mismatch"),
        ("torchscript", b"\x80\x02}q\x00.", "pickle-refused"),
        ("safetensors", b"\x80\x04" + b"\x95" * 40, "pickle-refused"),
        ("skops", b"\x80\x04\x95\x00\x00", "pickle-refused"),
        ("skops", b"PK\x05\x06" + b"\0" * 18, "format-mismatch"),
        ("safetensors", struct.pack("<Q", 2**60) + b"{}", "format-mismatch"),
        ("safetensors", struct.pack("<Q", 4) + b"{{{{", "format-mismatch"),
    ],
)
def test_what_is_not_what_it_claims_is_refused(
    tmp_path: Path, file_format: str, body: bytes, code: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(body)
    with pytest.raises(UploadRejected) as caught:
        uploads.check_file(path, file_format)
    assert caught.value.code == code


def test_a_pickled_checkpoint_is_refused_by_its_members(tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "m.pt", {"archive/data.pkl": b"\x80\x02.", "archive/data/0": b"0", "archive/version": b"3"}
    )
    for file_format in ("torchscript", "torch-export", "skops"):
        with pytest.raises(UploadRejected) as caught:
            uploads.check_file(path, file_format)
        assert caught.value.code == "pickle-refused"


@pytest.mark.parametrize(
    "name",
    ["../up.npy", "/root.npy", "a/../../b.npy", "C:/x.npy", "back\\slash.npy", "x" * 300, "a\nb", "d/" * 30],
)
def test_zip_slip(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "a.npz", {name: b""})
    with pytest.raises(UploadRejected) as caught:
        checked_members(path, ZipCaps())
    assert caught.value.code == "archive-name"


def test_links_in_archives(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        member = zipfile.ZipInfo("link.npy")
        member.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(member, "/etc/passwd")
    with pytest.raises(UploadRejected) as caught:
        checked_members(path, ZipCaps())
    assert caught.value.code == "archive-link"


def test_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "_RATIO_FREE_BYTES", 1024)
    path = zipped(tmp_path / "a.npz", {"x.npy": b"\0" * 5_000_000}, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(UploadRejected) as caught:
        checked_members(path, ZipCaps(ratio=10))
    assert caught.value.code == "archive-bomb"
    # The same with a central directory that lies about the size.
    raw = bytearray(path.read_bytes())
    at = raw.rindex(b"PK\x01\x02")
    raw[at + 24 : at + 28] = struct.pack("<I", 10)
    path.write_bytes(raw)
    with pytest.raises(UploadRejected) as caught:
        checked_members(path, ZipCaps(ratio=10))
    assert caught.value.code in {"archive-bomb", "archive-damaged"}


def test_too_many_duplicate_encrypted_and_damaged(tmp_path: Path) -> None:
    many = zipped(tmp_path / "many", {f"{i}.npy": b"" for i in range(11)})
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = tmp_path / "twice"
        with zipfile.ZipFile(twice, "w") as archive:
            archive.writestr("a.npy", b"1")
            archive.writestr("a.npy", b"2")
    locked = zipped(tmp_path / "locked", {"a.npy": b"1"})
    raw = bytearray(locked.read_bytes())
    at = raw.rindex(b"PK\x01\x02")
    raw[at + 8] |= 1
    locked.write_bytes(raw)
    whole = zipped(tmp_path / "whole", {"a.npy": b"1" * 1000})
    cut = tmp_path / "cut"
    cut.write_bytes(whole.read_bytes()[:-30])
    for path, code in (
        (many, "archive-too-many"),
        (twice, "archive-name"),
        (locked, "archive-encrypted"),
        (cut, "archive-damaged"),
    ):
        with pytest.raises(UploadRejected) as caught:
            checked_members(path, ZipCaps(n_members=10))
        assert caught.value.code == code


def test_formats_go_by_declaration_then_by_name(tmp_path: Path) -> None:
    spec = predictions_package(tmp_path).spec
    assert uploads.resolve_format(spec, "a.CSV", None) == "csv"
    assert uploads.resolve_format(spec, "a.bin", "npz") == "npz"
    for name, declared in (("a.bin", None), ("a.csv", "onnx"), ("a.parquet", None), ("a.csv", "../x")):
        with pytest.raises(UploadRejected) as caught:
            uploads.resolve_format(spec, name, declared)
        assert caught.value.code == "format-not-accepted"
        assert "csv" in caught.value.formatted()
