"""Files on their way: whole, announced, and inside their folder."""

import hashlib
import string

import pytest

from judge.client.errors import ClientError
from judge.client.files import chunks, inside, save_stream, sha256_of
from judge.client.texts import ZH, translated


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../x", "", "a\\..\\x", "a\x00b"])
def test_names_that_leave_the_folder(tmp_path, name: str) -> None:
    with pytest.raises(ClientError):
        inside(tmp_path, name)


def test_names_that_stay(tmp_path) -> None:
    assert inside(tmp_path, "starter/run.py") == tmp_path / "starter" / "run.py"


def test_a_damaged_download_leaves_nothing(tmp_path) -> None:
    target = tmp_path / "data.csv"
    target.write_bytes(b"old")
    with pytest.raises(ClientError, match="damaged"):
        save_stream([b"ne", b"w"], target, sha256="0" * 64)
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["data.csv"]
    save_stream([b"ne", b"w"], target, sha256=hashlib.sha256(b"new").hexdigest())
    assert target.read_bytes() == b"new" and sha256_of(target) == hashlib.sha256(b"new").hexdigest()


def test_a_file_that_shrinks_fails_and_one_that_grows_is_cut(tmp_path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"12345")
    assert b"".join(chunks(path, 3, None)) == b"123"
    with pytest.raises(ClientError, match="shorter"):
        list(chunks(path, 9, None))


@pytest.mark.parametrize("text", ZH)
def test_translations_have_the_same_placeholders(text: str) -> None:
    def names(template: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(template) if name}

    assert names(ZH[text]) == names(text)
    assert translated(text, "zh") == ZH[text] and translated(text, "en") == text
