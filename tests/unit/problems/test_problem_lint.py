"""Each thing lint must find, planted; and that a sound package is silent."""

from pathlib import Path

import numpy as np
import pandas as pd
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


def test_copied_reference_is_found_by_content(toy: Path) -> None:
    (toy / "public/notes.bin").write_bytes((toy / "hidden/reference/reference.csv").read_bytes())
    (finding,) = only(toy, "reference-exposed")
    assert finding.file == "public/notes.bin"


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_labels_in_a_public_table_under_another_name(toy: Path, suffix: str) -> None:
    answers = pd.read_csv(toy / "hidden/reference/reference.csv").sample(frac=1, random_state=0)
    leak = answers.rename(columns={"label": "hint"})[["hint", "id"]].assign(noise=range(len(answers)))
    path = toy / f"public/extra.{suffix}"
    leak.to_csv(path, index=False) if suffix == "csv" else leak.to_parquet(path)
    (finding,) = only(toy, "labels-exposed")
    assert "'hint'" in finding.message
    assert finding.file == path.relative_to(toy).as_posix()


def test_innocent_tables_are_not_accused(toy: Path) -> None:
    ids = pd.read_csv(toy / "hidden/reference/reference.csv")["id"]
    pd.DataFrame({"id": ids, "p": 0.5}).to_csv(toy / "public/sample_submission.csv", index=False)
    (toy / "public/broken.parquet").write_bytes(b"PAR1 not really")
    (toy / "public/broken.csv").write_bytes(b'\xff\xfe"')
    assert codes(toy) == set()


def array_package(toy: Path) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, size=(30, 4, 4), dtype=np.uint8), rng.integers(0, 3, size=30)
    values = manifest() | {"kind": "model", "submission": {"formats": ["onnx"], "max_mib": 1}}
    values["scoring"] = {
        "scorer": "arrays",
        "options": {"n_classes": 3},
        "metrics": [{"name": "accuracy"}],
        "primary": "accuracy",
    }
    write_manifest(toy, values)
    (toy / "hidden/reference/reference.csv").unlink()
    (toy / "hidden/inputs").mkdir()
    np.save(toy / "hidden/inputs/inputs.npy", images[:20].astype(np.float32)[:, None] / 255)
    np.savez(toy / "hidden/reference/reference.npz", y_true=labels[:20], split=np.arange(20) % 2)
    np.savez(toy / "public/train.npz", images=images[20:], labels=labels[20:])
    return images, labels


def test_labels_among_the_inputs_as_an_array(toy: Path) -> None:
    _, labels = array_package(toy)
    assert not {"labels-exposed", "inputs-in-training"} & codes(toy)
    np.save(toy / "hidden/inputs/order.npy", labels[:20].astype(np.float64))
    (finding,) = only(toy, "labels-exposed")
    assert finding.file == "hidden/inputs/order.npy"


def test_hidden_pictures_in_the_training_data(toy: Path) -> None:
    images, labels = array_package(toy)
    np.savez(toy / "public/train.npz", images=images[17:], labels=labels[17:])
    (finding,) = only(toy, "inputs-in-training")
    assert "3 rows" in finding.message


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
