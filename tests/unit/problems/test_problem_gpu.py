"""The manifest's `gpu`: what it may say, for whom, and that each complaint names the line."""

import pytest
import yaml
from package_factory import manifest

from problems.errors import PackageError
from problems.limits import GpuRules
from problems.manifest import parse_manifest
from problems.schema import Spec


def text_of(gpu: str, kind: str = "function") -> str:
    values = manifest() | {"kind": kind}
    if kind == "function":
        values["submission"] = {"formats": ["py"], "max_mib": 1, "functions": ["f"]}
        values["scoring"] |= {"scorer": "function"}
    return yaml.safe_dump(values, allow_unicode=True, sort_keys=False) + f"gpu: {gpu}\n"


def parse(gpu: str, kind: str = "function") -> Spec:
    return parse_manifest(text_of(gpu, kind).encode())


@pytest.mark.parametrize(
    ("gpu", "rules"),
    [
        ("{}", GpuRules(count=1, memory_mib=None, kind=None, need="required")),
        ("{count: 2, need: preferred}", GpuRules(count=2, need="preferred")),
        (
            "{count: 4, memory_mib: 40000, kind: RTX 4090}",
            GpuRules(count=4, memory_mib=40_000, kind="RTX 4090"),
        ),
    ],
)
def test_what_it_may_say(gpu: str, rules: GpuRules) -> None:
    assert parse(gpu).gpu == rules


def test_nothing_said_is_no_gpu() -> None:
    assert parse("null").gpu is None
    assert parse_manifest(yaml.safe_dump(manifest()).encode()).gpu is None


@pytest.mark.parametrize(
    ("gpu", "words"),
    [
        ("{count: 0}", "gpu.count: Input should be greater than or equal to 1"),
        ("{count: 65}", "gpu.count"),
        ("{count: 1.5}", "gpu.count"),
        ("{count: true}", "gpu.count"),
        ("{memory_mib: -1}", "gpu.memory_mib"),
        ("{memory_mib: 8 GB}", "gpu.memory_mib"),
        ("{kind: ''}", "gpu.kind"),
        ("{kind: '  '}", "gpu.kind"),
        ("{kind: 'A100; rm'}", "gpu.kind"),
        ("{kind: 4090}", "gpu.kind: must be text; put it in quotes"),
        ("{need: maybe}", "gpu.need: Input should be 'required' or 'preferred'"),
        ("{memory: 8000}", "unknown key gpu.memory; did you mean 'memory_mib'?"),
        ("yes", "gpu: must be a mapping of keys to values"),
        ("[A100]", "gpu: must be a mapping of keys to values"),
    ],
)
def test_nonsense_is_refused_with_its_line(gpu: str, words: str) -> None:
    with pytest.raises(PackageError) as caught:
        parse(gpu)
    (finding,) = caught.value.findings
    assert words in finding.message
    assert finding.line == len(text_of(gpu).splitlines())


def test_predictions_have_no_use_for_one() -> None:
    with pytest.raises(PackageError) as caught:
        parse("{count: 1}", kind="predictions")
    (finding,) = caught.value.findings
    assert finding.message == "gpu: kind predictions runs no participant code; remove `gpu`"
    assert finding.line == len(text_of("{count: 1}", "predictions").splitlines())
