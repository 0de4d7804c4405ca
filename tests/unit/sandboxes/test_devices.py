"""What is asked of an engine for GPUs, by either road."""

import json

import pytest
from docker.types import Ulimit

from sandboxes.docker.devices import add_devices, ask_less, cdi_names, device_request, visible_devices
from sandboxes.errors import LimitsUnmet
from sandboxes.gpus.devices import check_gpus

YAML = """
cdiVersion: "0.5.0"
kind: nvidia.com/gpu
devices:
- name: "0"
- name: GPU-a
- name: MIG-b
"""


def options() -> dict:
    return {"environment": {}, "ulimits": [Ulimit(name="core", soft=0, hard=0)]}


def test_specifications_are_read_where_the_engine_does_not_list_devices(tmp_path):
    (tmp_path / "nvidia.yaml").write_text(YAML)
    (tmp_path / "other.json").write_text(json.dumps({"kind": "example.com/fpga", "devices": [{"name": "x"}]}))
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "odd.yaml").write_text("- 1")
    (tmp_path / "notes.txt").write_text(YAML)
    found = cdi_names({"CDISpecDirs": [str(tmp_path), str(tmp_path / "absent")]})
    names = {"nvidia.com/gpu=0", "nvidia.com/gpu=GPU-a", "nvidia.com/gpu=MIG-b", "example.com/fpga=x"}
    assert found == names


def test_an_engine_that_lists_devices_is_believed():
    discovered = [
        {"Source": "cdi", "ID": "nvidia.com/gpu=GPU-a"},
        {"Source": "other", "ID": "nvidia.com/gpu=no"},
    ]
    info = {"CDISpecDirs": ["/etc/cdi"], "DiscoveredDevices": discovered}
    assert cdi_names(info) == {"nvidia.com/gpu=GPU-a"}


@pytest.mark.parametrize("info", [{}, {"CDISpecDirs": None}, {"CDISpecDirs": []}, {"DiscoveredDevices": []}])
def test_an_engine_without_cdi_knows_no_names(info):
    assert cdi_names(info) == frozenset()


def test_cdi_is_taken_when_it_has_every_device():
    known = frozenset({"nvidia.com/gpu=GPU-a", "nvidia.com/gpu=GPU-b"})
    request = device_request(["GPU-b", "GPU-a"], known)
    assert request.driver == "cdi"
    assert request.device_ids == ["nvidia.com/gpu=GPU-b", "nvidia.com/gpu=GPU-a"]
    assert request.count == 0


def test_else_nvidias_own_road_is_taken():
    request = device_request(["GPU-a", "GPU-c"], frozenset({"nvidia.com/gpu=GPU-a"}))
    assert (request.driver, request.device_ids) == ("nvidia", ["GPU-a", "GPU-c"])
    assert request.capabilities == [["gpu", "compute", "utility"]]


def test_a_cdi_name_has_no_other_road():
    assert device_request(["example.com/gpu=x"], frozenset({"example.com/gpu=x"})).driver == "cdi"
    with pytest.raises(LimitsUnmet, match="gpu=y"):
        device_request(["example.com/gpu=y"], frozenset({"example.com/gpu=x"}))


def test_without_gpus_nothing_is_asked_for_and_images_cannot_either():
    plain = options()
    add_devices(plain, (), None)
    assert plain["environment"] == {"NVIDIA_VISIBLE_DEVICES": "void", "CUDA_VISIBLE_DEVICES": ""}
    assert set(plain) == {"environment", "ulimits"}
    assert len(plain["ulimits"]) == 1


def test_with_cdi_nvidias_hook_is_told_to_stay_out(tmp_path):
    (tmp_path / "nvidia.yaml").write_text(YAML)
    asked = options()
    add_devices(asked, ("GPU-a", "MIG-b"), {"CDISpecDirs": [str(tmp_path)]})
    assert asked["environment"] == {
        "NVIDIA_VISIBLE_DEVICES": "void",
        "CUDA_VISIBLE_DEVICES": "GPU-a,MIG-b",
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
    }
    assert [request.driver for request in asked["device_requests"]] == ["cdi"]


def test_ulimits_are_asked_for_and_given_up_once():
    asked = options()
    add_devices(asked, ("GPU-a",), {})
    found = {(ulimit.name, ulimit.soft, ulimit.hard) for ulimit in asked["ulimits"]}
    assert found == {("core", 0, 0), ("memlock", -1, -1), ("stack", 2**26, 2**26)}
    assert not ask_less(asked, "no space left on device")
    assert ask_less(asked, "error setting rlimits for ready process: error setting rlimit type 8: EPERM")
    assert [ulimit.name for ulimit in asked["ulimits"]] == ["core"]
    assert not ask_less(asked, "error setting rlimit type 4: EPERM")


def test_cuda_is_told_uuids_where_there_are_any():
    assert visible_devices(("MIG-b", "GPU-a")) == "MIG-b,GPU-a"
    assert visible_devices(("nvidia.com/gpu=3", "nvidia.com/gpu=5")) == "0,1"
    assert visible_devices(()) == ""


@pytest.mark.parametrize(
    "gpus",
    [
        ("all",),
        ("none",),
        ("",),
        ("0",),
        ("GPU-a,GPU-b",),
        ("GPU-a\n",),
        ("GPU-a", "GPU-a"),
        ("a/b=c,d",),
        ("GPU-é",),
    ],
)
def test_words_that_mean_more_or_other_devices_are_refused(gpus):
    with pytest.raises(ValueError, match="GPU"):
        check_gpus(gpus, None)


@pytest.mark.parametrize(
    "gpu", ["GPU-4404041a-04cf-1ccf-9e70-f139a9b1e23c", "MIG-GPU-44/1/0", "nvidia.com/gpu=1:0"]
)
def test_names_of_drivers_are_taken(gpu):
    check_gpus((gpu,), 100)
    with pytest.raises(ValueError, match="gpu_memory_mib"):
        check_gpus((gpu,), 0)
