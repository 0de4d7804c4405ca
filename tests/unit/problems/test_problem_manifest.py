"""problem.yaml: what is refused, and that each refusal names the line."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from package_factory import manifest

from problems.errors import PackageError
from problems.manifest import parse_manifest
from problems.schema import Spec


def parse(values: dict) -> Spec:
    return parse_manifest(yaml.safe_dump(values, allow_unicode=True, sort_keys=False).encode())


def refusal(values: dict):
    with pytest.raises(PackageError) as caught:
        parse(values)
    return caught.value.findings


def test_valid_manifest_is_read() -> None:
    spec = parse(manifest())
    assert spec.slug == "toy"
    assert spec.names.zh == "玩具"
    assert spec.examples["good"].verdict == ("AC",)
    assert spec.limits.execute.wall_time_s is None


def test_unknown_key_names_line_and_suggests() -> None:
    text = yaml.safe_dump(manifest(), sort_keys=False) + "limits:\n  execute:\n    wall_time: 3\n"
    with pytest.raises(PackageError) as caught:
        parse_manifest(text.encode())
    (finding,) = caught.value.findings
    assert finding.code == "unknown-key"
    assert finding.line == text.splitlines().index("    wall_time: 3") + 1
    assert "'wall_time_s'" in finding.message


def test_all_faults_are_reported_at_once() -> None:
    values = manifest() | {"version": 1.0, "slug": "Toy!", "extra": 1}
    del values["licence"]
    found = {finding.message.split()[0].rstrip(":") for finding in refusal(values)}
    assert {"version", "slug", "unknown", "licence"} <= found


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"kind": "program"}, "kind"),
        ({"format": 2}, "format"),
        ({"slug": "a"}, "slug"),
        ({"slug": "../evil"}, "slug"),
        ({"version": "1.0"}, "version"),
        ({"version": "01.0.0"}, "version"),
        ({"authors": []}, "authors"),
        ({"names": {"en": "only"}}, "zh"),
        ({"names": {"en": "a\nb", "zh": "c"}}, "names.en"),
        ({"submission": {"formats": ["onnx"], "max_mib": 1}}, "formats"),
        ({"submission": {"formats": ["csv"], "max_mib": 0}}, "max_mib"),
        ({"submission": {"formats": ["csv"], "max_mib": float("inf")}}, "max_mib"),
        ({"submission": {"formats": ["csv"], "max_mib": "1"}}, "max_mib"),
        ({"submission": {"formats": ["csv"], "max_mib": 1, "functions": ["f"]}}, "functions"),
        ({"submission": {"formats": ["csv"], "max_mib": 1, "builders": ["mlp"]}}, "builders"),
        ({"limits": {"execute": {"memory_mib": -5}}}, "memory_mib"),
        ({"limits": {"execute": {"memory_mib": True}}}, "memory_mib"),
        ({"examples": {"good": {"role": "good", "file": "../x", "verdict": "AC", "score": [0, 1]}}}, "file"),
        ({"examples": {"good": {"role": "good", "file": "x", "verdict": "AC"}}}, "score"),
        ({"examples": {"good": {"role": "good", "file": "x", "verdict": "AC", "score": [1, 0]}}}, "score"),
        ({"examples": {"good": {"role": "good", "file": "x", "verdict": "YES"}}}, "verdict"),
        ({"data": {"licence": "x", "source": {"en": "a", "zh": "b"}, "prepare": "/bin/sh"}}, "prepare"),
    ],
)
def test_bad_value_is_refused_by_name(change: dict, word: str) -> None:
    findings = refusal(manifest() | change)
    assert any(word in finding.message for finding in findings)
    assert all(finding.file == "problem.yaml" and finding.line > 0 for finding in findings)


def test_primary_must_be_a_metric_and_keys_unique() -> None:
    values = manifest()
    values["scoring"]["primary"] = "f1_macro"
    assert "f1_macro" in refusal(values)[0].message
    values["scoring"] |= {"primary": "roc_auc", "metrics": [{"name": "roc_auc"}, {"name": "roc_auc"}]}
    assert "label" in refusal(values)[0].message


def test_scorer_must_suit_the_kind() -> None:
    values = manifest()
    values["scoring"]["scorer"] = "function"
    assert "cannot be scored" in refusal(values)[0].message


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"a: 1\nb: &x [1]\n", "yaml-alias", 2),
        (b"a: 1\nb: *x\n", "yaml-alias", 2),
        (b"a: 1\na: 2\n", "yaml-duplicate", 2),
        (b"a:\n  b: 1\n  b: 2\n", "yaml-duplicate", 3),
        (b"a: 2026-01-01\n", "yaml-tag", 1),
        (b"a: !!python/object/apply:os.system [id]\n", "yaml-shape", 0),
        (b"a: " + b"[" * 50, "yaml-depth", 1),
        (b"[" * 20_000, "yaml-depth", 1),
        (b"1: 2\n", "yaml-key", 1),
        (b"? [1]\n: 2\n", "yaml-key", 1),
        (b"a: b: c\n", "yaml-syntax", 1),
        (b"a: \x00\n", "yaml-syntax", 0),
        (b"a: 1\n---\nb: 2\n", "yaml-syntax", 2),
        (b"- 1\n", "yaml-shape", 1),
        (b"", "yaml-shape", 0),
        (b"a: 1\nb: \xff\n", "manifest-encoding", 2),
        (b"a: " + b"9" * 6000, "yaml-value", 1),
        (b"#" * 300_000, "manifest-size", 0),
    ],
)
def test_hostile_yaml(content: bytes, code: str, line: int) -> None:
    if code == "yaml-shape" and b"python" in content:
        code, line = "missing-key", 1  # a list of plain values is data; its tag is never acted upon
    with pytest.raises(PackageError) as caught:
        parse_manifest(content)
    assert caught.value.findings[0].code == code
    assert caught.value.findings[0].line == line


def test_byte_order_mark_and_crlf_are_accepted() -> None:
    text = yaml.safe_dump(manifest(), allow_unicode=True).replace("\n", "\r\n")
    assert parse_manifest(b"\xef\xbb\xbf" + text.encode()).slug == "toy"


@given(st.binary(max_size=300))
def test_any_bytes_give_a_package_error(content: bytes) -> None:
    with pytest.raises(PackageError):
        parse_manifest(content)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(sorted(manifest())), JSON)
def test_any_value_in_any_place_gives_a_spec_or_a_package_error(key: str, value: object) -> None:
    content = yaml.safe_dump(manifest() | {key: value}, allow_unicode=True).encode()
    try:
        spec = parse_manifest(content)
    except PackageError as error:
        assert error.findings
    else:
        assert spec.format == 1
