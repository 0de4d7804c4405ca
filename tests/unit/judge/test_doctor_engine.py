"""What the doctor makes of an engine's words about itself."""

import pytest

from judge.stack.engine import LIMITS, engine_findings

GOOD = {
    "Runtimes": {"runc": {}, "io.containerd.runc.v2": {}},
    "DefaultRuntime": "runc",
    "SecurityOptions": ["name=seccomp,profile=default"],
    "CgroupVersion": "2",
    **dict.fromkeys(LIMITS, True),
}


def said(runtime: str = "", **changes: object) -> dict[str, tuple[str, str]]:
    return {one.subject: (one.level, one.text) for one in engine_findings({**GOOD, **changes}, runtime)}


def test_an_ordinary_engine_is_fit():
    found = said()
    assert {level for level, _ in found.values()} <= {"ok", "note"}
    assert "no gVisor" in found["engine runtimes"][1]
    assert "userns-remap is off" in found["engine user ids"][1]
    assert found["engine limits"][1].startswith("cgroup version 2")


def test_gvisor_is_seen_and_used():
    runtimes = {"runc": {}, "runsc": {}}
    assert "gVisor is there" in said(Runtimes=runtimes)["engine runtimes"][1]
    assert said("runsc", Runtimes=runtimes)["engine runtimes"][1].startswith("runsc will be used")
    assert said("runsc")["engine runtimes"][0] == "warning"


@pytest.mark.parametrize("option", ["name=userns", "name=rootless"])
def test_remapping_is_seen(option):
    assert said(SecurityOptions=["name=seccomp", option])["engine user ids"][0] == "ok"


@pytest.mark.parametrize("name", LIMITS)
def test_each_limit_that_is_missing_is_named(name):
    level, text = said(**{name: False})["engine limits"]
    assert level == "warning"
    assert LIMITS[name] in text


def test_no_filter_of_system_calls():
    assert said(SecurityOptions=[])["engine seccomp"][0] == "warning"
    assert said(SecurityOptions=None)["engine seccomp"][0] == "warning"
