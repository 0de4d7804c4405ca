"""Which Debian archive is used when none is named."""

import pytest

from sandboxes.docker.images import sources
from sandboxes.docker.images.debian import Archive
from sandboxes.errors import ImageMissing

OLD = """\
# deb http://gone.test/debian bookworm main
deb [signed-by=/key.gpg] http://near.test/debian bookworm main
deb http://near.test/debian bookworm-updates main
deb https://safe.test/debian-security/ bookworm-security main
deb https://else.test/debian-other x main
"""
NEW = """\
Types: deb
# http://old.test/archive/debian/20250520T000000Z
URIs: http://near.test/debian
Suites: bookworm

Types: deb
URIs: https://safe.test/debian-security
Suites: bookworm-security
"""
FOUND = Archive("http://near.test/debian", "https://safe.test/debian-security")


@pytest.mark.parametrize("text", [OLD, NEW, OLD + NEW])
def test_both_formats(text):
    assert sources.archive_in(text) == FOUND


@pytest.mark.parametrize(
    "text", ["", "deb http://near.test/ubuntu noble main", "deb http://near.test/debian bookworm main"]
)
def test_what_is_no_whole_archive(text):
    assert sources.archive_in(text) is None


@pytest.fixture
def apt(tmp_path, monkeypatch):
    (tmp_path / "sources.list.d").mkdir()
    monkeypatch.setattr(sources, "APT", tmp_path)
    return tmp_path


def test_what_is_named_wins_over_the_hosts(apt):
    assert sources.choose(None, None) is None
    (apt / "sources.list.d" / "debian.sources").write_text(NEW)
    assert sources.choose(None, None) == FOUND
    assert sources.choose("http://a.test/x", None) == Archive("http://a.test/x", FOUND.security_mirror)
    assert sources.choose(None, "http://b.test/y") == Archive(FOUND.mirror, "http://b.test/y")


def test_half_an_archive_is_refused(apt):
    with pytest.raises(ImageMissing, match="--security-mirror"):
        sources.choose("http://a.test/x", None)
    assert sources.choose("http://a.test/x", "http://b.test/y") == Archive(
        "http://a.test/x", "http://b.test/y"
    )
