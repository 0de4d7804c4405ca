"""Every sandbox has users of its own."""

import pytest

from sandboxes import users
from sandboxes.users import UserPairs, has_wide_map


@pytest.mark.parametrize(("is_wide", "highest"), [(False, 65_535), (True, 2**31 - 1)])
def test_pairs_do_not_overlap(is_wide, highest):
    pairs = UserPairs(is_wide=is_wide)
    firsts = [pairs.take(f"slot-{number}") for number in range(2000)]
    assert len({uid for first in firsts for uid in (first, first + 1)}) == 4000
    assert all(20_000 <= first < highest for first in firsts)


def test_what_is_given_back_can_be_had_again(monkeypatch):
    monkeypatch.setattr(users, "N_NARROW_PAIRS", 1)
    pairs = UserPairs(is_wide=False)
    uid = pairs.take("first")
    pairs.give_back("first")
    pairs.give_back("first")
    assert pairs.take("second") == uid


@pytest.mark.parametrize(
    ("said", "is_wide"),
    [("0 0 4294967295\n", True), ("0 100000 65536\n", False), ("0 0 1\n1 100000 65536\n", False)],
)
def test_a_namespace_with_few_ids_is_seen(monkeypatch, tmp_path, said, is_wide):
    monkeypatch.setattr(users, "UID_MAP", tmp_path / "uid_map")
    users.UID_MAP.write_text(said)
    assert has_wide_map() is is_wide
