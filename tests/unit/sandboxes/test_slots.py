import json
import os
import subprocess
from dataclasses import replace

import pytest

from sandboxes.creators import Creator, process_start
from sandboxes.slots import Slot, check_name, leftovers


@pytest.fixture
def slot(tmp_path):
    return Slot(tmp_path, Creator.current("me"))


@pytest.mark.parametrize("name", ["a", "a/b.txt", "模型.onnx", "a b", "..a", "a..", "-rf"])
def test_safe_names(name):
    check_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/a",
        "..",
        "a/../b",
        "../a",
        "a//b",
        "./a",
        "a/.",
        "a\0b",
        "a/",
        "\ud800",
        "é" * 128,
        "a/" * 1200 + "a",
    ],
)
def test_unsafe_names(name):
    with pytest.raises(ValueError, match=r"unsafe|surrogates"):
        check_name(name)


def test_writable_sources_are_copied(slot, tmp_path):
    source = tmp_path / "source"
    source.write_bytes(b"x")
    source.chmod(0o644)
    slot.place_input("f", source)
    source.write_bytes(b"changed later")
    assert (slot.input_dir / "f").read_bytes() == b"x"
    assert (slot.input_dir / "f").stat().st_mode & 0o777 == 0o444


def test_immutable_sources_are_linked(slot, tmp_path):
    source = tmp_path / "source"
    source.write_bytes(b"x")
    source.chmod(0o444)
    slot.place_input("deep/f", source)
    assert (slot.input_dir / "deep/f").samefile(source)


def test_private_sources_are_copied_and_keep_their_mode(slot, tmp_path):
    source = tmp_path / "source"
    source.write_bytes(b"x")
    source.chmod(0o400)
    slot.place_input("f", source)
    assert not (slot.input_dir / "f").samefile(source)
    assert source.stat().st_mode & 0o777 == 0o400
    slot.remove()
    assert source.read_bytes() == b"x"


def test_links_are_copied_as_what_they_point_to(slot, tmp_path):
    (tmp_path / "real").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    slot.place_input("f", tmp_path / "link")
    assert not (slot.input_dir / "f").is_symlink()


def test_folders_are_not_writable_by_others(slot):
    for folder, mode in ((slot.path, 0o711), (slot.socket_dir, 0o755), (slot.input_dir, 0o755)):
        assert folder.stat().st_mode & 0o777 == mode


def test_only_the_dead_of_the_same_owner_are_left_over(tmp_path):
    alive = Creator.current("me")
    with subprocess.Popen(["true"]) as ended:
        pass
    dead = replace(alive, pid=str(ended.pid), start="1")
    Slot(tmp_path, alive)
    gone = Slot(tmp_path, dead)
    Slot(tmp_path, replace(dead, owner="other"))
    rebooted = Slot(tmp_path, replace(alive, boot="earlier"))
    moved = Slot(tmp_path, replace(alive, namespace="0"))
    (tmp_path / "sb-torn").mkdir()
    (tmp_path / "sb-torn" / "creator.json").write_text('{"owner": "me"')
    assert set(leftovers(tmp_path, "me")) == {gone.path, rebooted.path, moved.path}


def test_mark_survives_the_wire():
    mark = Creator.current("me")
    assert Creator.from_json(mark.to_json()) == mark
    assert not mark.is_gone()
    assert Creator.from_json(json.dumps([1])) is None
    assert Creator.from_json("") is None


def test_start_of_no_process_is_empty():
    assert process_start(2**22 + 1) == ""
    assert process_start(os.getpid()).isdigit()
