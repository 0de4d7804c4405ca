"""What `judge problem new` writes: of every kind, without a finding as it is, never over what is there."""

import shutil
from pathlib import Path
from typing import get_args

import pytest

from problems.build import build
from problems.errors import PackageError
from problems.kinds import Kind
from problems.lint import lint
from problems.loader import load
from problems.scaffold import SCAFFOLDS, list_kinds, scaffold
from problems.schema import REQUIRED_ROLES


def test_every_kind_has_one() -> None:
    assert set(list_kinds()) == set(get_args(Kind))


@pytest.mark.parametrize("template", sorted(path.name for path in SCAFFOLDS.iterdir()))
def test_what_is_written_has_no_finding(tmp_path: Path, template: str) -> None:
    kind = template.removesuffix("-cases")
    files = scaffold(kind, tmp_path / "made" / "my-own-2", has_cases=template != kind)
    package = load(build(tmp_path / "made" / "my-own-2", cache=tmp_path / "cache"))
    assert [str(finding) for finding in lint(package)] == []
    assert (package.spec.slug, package.spec.kind) == ("my-own-2", kind)
    assert {example.role for example in package.examples} >= set(REQUIRED_ROLES)
    assert {"problem.yaml", "statement/en.md", "statement/zh.md"} <= set(files)
    comments = (package.root / "problem.yaml").read_text("utf-8").count("#")
    assert comments >= 12  # it explains itself


@pytest.mark.parametrize(
    ("kind", "name", "has_cases", "code", "word"),
    [
        ("prediction", "fine", False, "scaffold-kind", "predictions"),
        ("model", "fine", True, "scaffold-cases", "program"),
        ("model", "Not_Fine", False, "scaffold-slug", "a-z"),
        ("model", "there", False, "scaffold-exists", "there already"),
        ("model", "file", False, "scaffold-exists", "there already"),
    ],
)
def test_what_cannot_be_made_is_told_and_nothing_is_written(
    tmp_path: Path, kind: str, name: str, has_cases: bool, code: str, word: str
) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "mine.txt").write_text("kept")
    (tmp_path / "file").write_text("kept")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(PackageError) as caught:
        scaffold(kind, tmp_path / name, has_cases=has_cases)
    (finding,) = caught.value.findings
    assert (finding.code, word in finding.message) == (code, True), finding.message
    assert sorted(tmp_path.rglob("*")) == before


def test_an_empty_folder_may_be_filled_though_the_template_is_read_only(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    scaffold("function", tmp_path / "empty")
    (tmp_path / "empty" / "problem.yaml").open("a").close()
    shutil.rmtree(tmp_path / "empty")
