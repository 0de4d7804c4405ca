"""What of a host is shown, worked out on a host made up for the purpose."""

import sys
from pathlib import Path

import pytest

from sandboxes.local import bubblewrap, view


@pytest.fixture
def installation(tmp_path, monkeypatch):
    """An environment with our packages installed in it, below a folder that holds data."""
    prefix = tmp_path / "srv" / ".venv"
    site = prefix / "lib" / "python3.11" / "site-packages"
    for name in (
        "judge",
        "scoring",
        "problems",
        "sandboxes",
        "web",
        "numpy",
        "openmodels_judge-0.1.dist-info",
    ):
        (site / name).mkdir(parents=True)
    (site / "__editable__.openmodels_judge.pth").write_text("/work")
    monkeypatch.setattr(sys, "prefix", str(prefix))
    return tmp_path, prefix, site


def test_our_packages_are_covered_and_others_shown(installation):
    _, prefix, site = installation
    found = view.host_view()
    assert prefix in found.shown
    covered = {path.name for path in found.covered_folders if site in path.parents}
    assert covered == {"judge", "scoring", "problems", "sandboxes", "web", "openmodels_judge-0.1.dist-info"}
    assert site / "__editable__.openmodels_judge.pth" in found.covered_files


def test_a_foreign_package_of_the_same_name_is_not_ours(installation):
    _, _, site = installation
    (site / "__editable__.openmodels_judge.pth").unlink()
    (site / "openmodels_judge-0.1.dist-info").rmdir()
    assert not [path for path in view.host_view().covered_folders if site in path.parents]


def test_hidden_folders_are_covered_only_where_shown(installation):
    root, prefix, _ = installation
    (prefix / "data").mkdir()
    found = view.host_view([prefix / "data", root / "elsewhere"])
    assert prefix / "data" in found.covered_folders
    assert root / "elsewhere" not in found.covered_folders


def test_a_checkout_below_something_shown_is_covered_but_not_the_environment_in_it(tmp_path):
    outer = tmp_path / "outer"
    inner = outer / "checkout" / ".venv"
    shown = view.View((outer, inner), (), (outer / "checkout",), ())
    command = bubblewrap._mounts(shown)
    order = [i for i, word in enumerate(command) if word in (str(outer), str(outer / "checkout"), str(inner))]
    words = [(command[i - 1], command[i]) for i in order if command[i - 1] in ("--ro-bind", "--tmpfs")]
    assert words == [
        ("--ro-bind", str(outer)),
        ("--tmpfs", str(outer / "checkout")),
        ("--ro-bind", str(inner)),
    ]


def test_home_and_data_are_not_among_what_is_shown():
    shown = view.host_view().shown
    for secret in (Path.home(), Path("/var"), Path("/tmp"), Path("/etc"), Path(__file__).parents[3]):
        assert secret.resolve() not in shown
