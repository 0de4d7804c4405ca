"""The other road to a GPU: CDI, on an engine that knows it (25 and later).

The engine is the `dockerd` on PATH. `make test` runs these where it is new enough; elsewhere
`PATH=/folder/of/a/newer/one:$PATH pytest -m cdi tests/conformance/gpu` does.
"""

import json

import pytest

from sandboxes.errors import LimitsUnmet
from sandboxes.gpus import find_inventory
from sandboxes.results import Outcome
from tests.conformance.gpu.conftest import profile, step
from tests.conformance.gpu.test_gpu_devices import LOOK
from tests.factories.fake_nvml import FakeGpu
from tests.factories.gpu_engine import gpu_engine

pytestmark = [pytest.mark.docker, pytest.mark.serial, pytest.mark.cdi]


def specification(devices: dict[str, int]) -> dict:
    """Write what `nvidia-ctk cdi generate` would, with nodes that are twins of /dev/null."""
    return {
        "cdiVersion": "0.5.0",
        "kind": "nvidia.com/gpu",
        "containerEdits": {"env": ["NVIDIA_VISIBLE_DEVICES=void"]},
        "devices": [
            {
                "name": name,
                "containerEdits": {
                    "deviceNodes": [
                        {
                            "path": f"/dev/nvidia{place}",
                            "type": "c",
                            "major": 1,
                            "minor": 3,
                            "fileMode": 0o666,
                        }
                    ]
                },
            }
            for name, place in devices.items()
        ],
    }


@pytest.fixture(scope="session")
def cdi_engine(docker_provider, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cdi")
    (folder / "nvidia.json").write_text(json.dumps(specification({"GPU-a": 0, "GPU-b": 1, "1": 1})))
    settings = {"features": {"cdi": True}, "cdi-spec-dirs": [str(folder)]}
    with gpu_engine({}, **settings) as found:
        found.copy_image("openmodels-judge/runner-python")
        yield found


@pytest.fixture
def cdi_provider(cdi_engine, nvml, make_provider):
    cdi_engine.forget()
    return make_provider(cdi_engine.url, inventory=find_inventory())


@pytest.mark.parametrize(("gpus", "nodes", "cuda"), [
    (("GPU-b",), ["nvidia1"], "GPU-b"),
    (("GPU-a", "GPU-b"), ["nvidia0", "nvidia1"], "GPU-a,GPU-b"),
    (("nvidia.com/gpu=1",), ["nvidia1"], "0"),
])  # fmt: skip
def test_a_sandbox_sees_its_own_devices_alone(cdi_provider, cdi_engine, gpus, nodes, cuda):
    result = cdi_provider.create(profile(*gpus)).run(step(LOOK))
    assert result.outcome is Outcome.OK, result
    seen = json.loads(result.stdout)
    assert (seen["nodes"], seen["cuda"], seen["nvidia"]) == (nodes, cuda, "void")
    assert all(seen["writable"])
    assert cdi_engine.asked() == []  # neither hook nor runtime of NVIDIA's


def test_a_device_that_no_specification_has_is_not_met(cdi_provider, cdi_engine, nvml):
    nvml.set(FakeGpu("GPU-new"))
    with pytest.raises(LimitsUnmet, match="no CDI device"):
        cdi_provider.create(profile("nvidia.com/gpu=GPU-new"))


def test_a_specification_that_vanishes_meanwhile_is_not_met(cdi_engine, nvml, make_provider, monkeypatch):
    """The engine's own refusal, as when a specification is removed between the question and the start."""
    provider = make_provider(cdi_engine.url, inventory=find_inventory())
    monkeypatch.setattr(
        "sandboxes.docker.devices.cdi_names", lambda info: frozenset({"nvidia.com/gpu=GPU-z"})
    )
    nvml.set(FakeGpu("GPU-z"))
    with pytest.raises(LimitsUnmet, match="unresolvable CDI devices") as caught:
        provider.create(profile("GPU-z"))
    assert caught.value.is_retryable
