"""What a Docker engine says of the walls it can build, put as findings of the doctor."""

from collections.abc import Mapping
from typing import Any

from judge.stack.doctor import Finding

GVISOR = ("runsc", "gvisor")
# Each with what is lost without it.
LIMITS = {
    "MemoryLimit": "memory",
    "SwapLimit": "swap",
    "PidsLimit": "processes",
    "CpuCfsQuota": "CPU share",
    "CPUSet": "cores",
}


def engine_findings(info: Mapping[str, Any], runtime: str = "") -> list[Finding]:
    """Read an engine's words about itself.

    Args:
        info: what `GET /info` says.
        runtime: the OCI runtime that the settings name; empty means the engine's default.
    """
    options = [str(option) for option in info.get("SecurityOptions") or ()]
    return [
        _runtimes(sorted(info.get("Runtimes") or {}), str(info.get("DefaultRuntime", "")), runtime),
        _remapping(options),
        _limits(info),
        Finding("engine seccomp", "ok", "system calls are filtered")
        if any("seccomp" in option for option in options)
        else Finding(
            "engine seccomp",
            "warning",
            "the engine filters no system calls",
            "Use a kernel and engine with it.",
        ),
    ]


def _runtimes(known: list[str], default: str, wanted: str) -> Finding:
    listed = f"{', '.join(known)}; default {default}"
    if wanted and wanted not in known:
        remedy = "Register it in daemon.json and restart the engine, or change JUDGE_DOCKER_RUNTIME."
        return Finding("engine runtimes", "warning", f"{wanted} is not registered ({listed})", remedy)
    if wanted:
        return Finding("engine runtimes", "ok", f"{wanted} will be used ({listed})")
    if any(name in known for name in GVISOR):
        return Finding("engine runtimes", "note", f"{listed}: gVisor is there (JUDGE_DOCKER_RUNTIME=runsc)")
    return Finding("engine runtimes", "ok", f"{listed}; no gVisor")


def _remapping(options: list[str]) -> Finding:
    if any("userns" in option for option in options):
        return Finding("engine user ids", "ok", "remapped: root in a container is nobody on the host")
    if any("rootless" in option for option in options):
        return Finding("engine user ids", "ok", "the engine runs without root")
    text = "not remapped (userns-remap is off): the sandboxes' other walls keep root out"
    return Finding("engine user ids", "note", text)


def _limits(info: Mapping[str, Any]) -> Finding:
    version = f"cgroup version {info.get('CgroupVersion', '1')}"
    missing = [what for key, what in LIMITS.items() if not info.get(key)]
    if missing:
        remedy = "Turn the controllers on (kernel command line: cgroup_enable=memory swapaccount=1)."
        return Finding("engine limits", "warning", f"{version}; not limited: {', '.join(missing)}", remedy)
    return Finding("engine limits", "ok", f"{version}; {', '.join(LIMITS.values())} are limited")
