"""Each thing lint must find, planted; and that a sound package is silent."""

from pathlib import Path

import pytest
from package_factory import STATEMENT, manifest, write_manifest

from problems.lint import lint
from problems.loader import load


def codes(folder: Path) -> set[str]:
    return {finding.code for finding in lint(load(folder))}


def only(folder: Path, code: str):
    return [finding for finding in lint(load(folder)) if finding.code == code]


def test_sound_package_has_no_findings(toy: Path) -> None:
    assert lint(load(toy)) == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_missing_statement(toy: Path, language: str) -> None:
    (toy / f"statement/{language}.md").unlink()
    (finding,) = only(toy, "statement-missing")
    assert finding.file == f"statement/{language}.md"


def test_statement_of_other_encoding_and_length(toy: Path) -> None:
    (toy / "statement/zh.md").write_bytes("# 标题\n很多字".encode("gb18030") * 50)
    assert "statement-encoding" in codes(toy)
    (toy / "statement/zh.md").write_text("# 标题\n太短", encoding="utf-8")
    assert "statement-size" in codes(toy)


def test_links_resolve_or_are_named_with_their_line(toy: Path) -> None:
    text = STATEMENT + "\n## Up here\n\n![plot](plot.png)\n\n[data](../public/train.csv)\n"
    text += "[web](https://x.org) <https://y.org/a?b> [up](#up-here) [all](../public/starter/)\n"
    (toy / "statement/en.md").write_text(text)
    (finding,) = only(toy, "picture-missing")
    assert finding.line == text.splitlines().index("![plot](plot.png)") + 1
    (toy / "statement/plot.png").write_bytes(b"no picture at all")
    assert [finding.line for finding in only(toy, "picture-broken")] == [finding.line]
    (toy / "statement/plot.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert codes(toy) == {"statement-outline"}


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("[x](javascript:alert(1))", "link-scheme"),
        ("[x](data:text/html,hi)", "link-scheme"),
        ("[x](file:///etc/passwd)", "link-scheme"),
        ("[x](../hidden/reference/reference.csv)", "link-broken"),
        ("[x](../../../etc/passwd)", "link-broken"),
        ("[x](%2e%2e/hidden/reference/reference.csv)", "link-broken"),
        ("[x][1] is defined below\n\n[1]: ../public/nothing.csv", "link-broken"),
        ("[![x](../public/train.csv)](https://x.org)", "picture-missing"),
        ("![x](https://x.org/x.png)", "picture-external"),
        ("[x](#nowhere)", "link-anchor"),
        ("[x](https://)", "link-address"),
        ("[x](https://x.org:99999/)", "link-address"),
        ("[x](mailto:nobody)", "link-address"),
        ("<script>alert(1)</script>", "statement-html"),
        ("A formula $x that never ends.", "statement-maths"),
    ],
)
def test_what_a_statement_may_not_say(toy: Path, link: str, code: str) -> None:
    (toy / "statement/en.md").write_text(STATEMENT + "\n" + link + "\n")
    found = only(toy, code)
    assert [finding.line for finding in found] == [STATEMENT.count("\n") + 2] * len(found)
    assert found


def test_code_is_not_prose(toy: Path) -> None:
    (toy / "statement/en.md").write_text(STATEMENT + "\n`$HOME` and\n\n```\n[x](nowhere) <b> $\n```\n")
    assert codes(toy) == set()


def test_outlines_of_both_languages_are_compared(toy: Path) -> None:
    (toy / "statement/en.md").write_text(STATEMENT + "\n## More\n")
    (finding,) = only(toy, "statement-outline")
    assert finding.severity == "warning"


def test_unbuilt_package(toy: Path) -> None:
    (toy / "hidden/reference/reference.csv").unlink()
    assert "not-built" in codes(toy)


def test_model_needs_inputs_and_predictions_none(toy: Path) -> None:
    (toy / "hidden/inputs").mkdir()
    (toy / "hidden/inputs/x.csv").write_text("a\n1\n")
    assert "inputs-unused" in codes(toy)
    (toy / "hidden/inputs/x.csv").unlink()
    array_package_inputs = manifest() | {"kind": "model", "submission": {"formats": ["onnx"], "max_mib": 1}}
    array_package_inputs["scoring"] |= {"scorer": "arrays"}
    write_manifest(toy, array_package_inputs)
    assert "inputs-missing" in codes(toy)


def test_examples_are_complete_declared_and_present(toy: Path) -> None:
    values = manifest()
    del values["examples"]["cheating"]
    write_manifest(toy, values)
    assert {"example-role", "example-undeclared"} <= codes(toy)
    (toy / "submissions/good/s.csv").unlink()
    assert [finding.file for finding in only(toy, "example-missing")] == ["submissions/good/s.csv"]


def test_example_of_a_refused_format_or_size(toy: Path) -> None:
    values = manifest()
    values["examples"]["good"]["file"] = "s.parquet"
    write_manifest(toy, values)
    (toy / "submissions/good/s.csv").rename(toy / "submissions/good/s.parquet")
    assert "example-format" in codes(toy)
    (toy / "submissions/baseline/s.csv").write_bytes(bytes(2**20 + 1))
    assert [finding.file for finding in only(toy, "example-size")] == ["submissions/baseline/s.csv"]


def test_prepare_is_declared_if_and_only_if_it_exists(toy: Path) -> None:
    (toy / "prepare.py").write_text("pass\n")
    assert "prepare-undeclared" in codes(toy)
    values = manifest()
    values["data"]["prepare"] = "prepare.py"
    write_manifest(toy, values)
    assert codes(toy) == set()
    (toy / "prepare.py").unlink()
    assert "prepare-missing" in codes(toy)


def test_languages_are_what_they_claim(toy: Path) -> None:
    write_manifest(toy, manifest() | {"names": {"en": "玩具", "zh": "Toy"}})
    assert len(only(toy, "language")) == 2
