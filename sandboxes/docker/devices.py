"""How a container gets its GPUs, and no other: what is asked of the engine, and what CUDA is told.

Two roads lead there. CDI (engine 25 and later, where specifications exist) names each device and lists its
nodes and libraries. Else the engine's device requests call NVIDIA's container hook, which does the same from
the ids. Neither adds a capability, a system call or a node beyond the devices asked for.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from docker.types import DeviceRequest, Ulimit

from sandboxes.errors import GpusUnmet

CDI_KIND = "nvidia.com/gpu"
# What NVIDIA's and PyTorch's container guides ask for: pinned host memory, and room for CUDA's own frames.
ULIMITS = (("memlock", -1), ("stack", 64 * 1024 * 1024))


def cdi_names(info: dict[str, Any]) -> frozenset[str]:
    """Return the qualified names of the CDI devices an engine can give.

    Args:
        info: what the engine says of itself. Newer engines list what they discovered; of older ones that have
            CDI switched on, the specifications are read.
    """
    found = info.get("DiscoveredDevices")
    if found is not None:
        return frozenset(device["ID"] for device in found if device.get("Source") == "cdi")
    names: set[str] = set()
    for folder in info.get("CDISpecDirs") or ():
        for path in sorted(Path(folder).glob("*")):
            if path.suffix in {".json", ".yaml"}:
                names |= _names_in(path)
    return frozenset(names)


def _names_in(path: Path) -> set[str]:
    import yaml

    try:
        text = path.read_text(encoding="utf-8")
        specification = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
        return {f"{specification['kind']}={device['name']}" for device in specification["devices"]}
    except (OSError, ValueError, yaml.YAMLError, KeyError, TypeError):
        return set()  # the engine ignores a broken specification too


def device_request(gpus: Sequence[str], known: frozenset[str]) -> DeviceRequest:
    """Return what to ask the engine for.

    Args:
        gpus: UUIDs, or qualified CDI names.
        known: see `cdi_names`.

    Raises:
        LimitsUnmet: a device is asked for by a CDI name that the engine does not know.
    """
    names = [gpu if "=" in gpu else f"{CDI_KIND}={gpu}" for gpu in gpus]
    if known.issuperset(names):
        return DeviceRequest(driver="cdi", device_ids=names)
    for gpu in gpus:
        if "=" in gpu:
            raise GpusUnmet(f"the engine knows no CDI device {gpu}")
    return DeviceRequest(driver="nvidia", device_ids=list(gpus), capabilities=[["gpu", "compute", "utility"]])


def add_devices(options: dict[str, Any], gpus: Sequence[str], info: dict[str, Any] | None) -> None:
    """Write the devices into a container's options; without any, see to it that it gets none.

    Args:
        options: as `sandboxes.docker.container.options` wrote them; changed.
        gpus: see `Profile.gpus`.
        info: what the engine says of itself; None where there are no GPUs.

    Raises:
        LimitsUnmet: see `device_request`.
    """
    environment: dict[str, str] = options["environment"]
    # Where the engine's default runtime is NVIDIA's, an image could ask for every GPU by this variable.
    environment["NVIDIA_VISIBLE_DEVICES"] = "void"
    environment["CUDA_VISIBLE_DEVICES"] = visible_devices(gpus)
    if not gpus:
        return
    request = device_request(gpus, cdi_names(info or {}))
    if request.driver == "nvidia":
        environment["NVIDIA_VISIBLE_DEVICES"] = ",".join(gpus)
        environment["NVIDIA_DRIVER_CAPABILITIES"] = "compute,utility"
    # Devices are numbered by bus address as the inventory does, not by CUDA's guess of their speed.
    environment["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
    options["device_requests"] = [request]
    options["ulimits"] += [Ulimit(name=name, soft=value, hard=value) for name, value in ULIMITS]


def ask_less(options: dict[str, Any], refusal: str) -> bool:
    """Do without the ulimits that an engine may not raise (rootless, or a container itself).

    CUDA then works with less pinned memory, where refusing would be no GPU at all.

    Args:
        options: as `add_devices` left them; changed.
        refusal: what the engine said.

    Returns:
        Whether there was something to do without, and another attempt makes sense.
    """
    names = {name for name, _ in ULIMITS}
    kept = [ulimit for ulimit in options["ulimits"] if ulimit.name not in names]
    if "setting rlimit" not in refusal or len(kept) == len(options["ulimits"]):
        return False
    options["ulimits"] = kept
    return True


def visible_devices(gpus: Sequence[str]) -> str:
    """Return `CUDA_VISIBLE_DEVICES` for a container with these devices.

    UUIDs mean the same inside as outside, and a MIG slice has no number CUDA would take. Devices known by
    another name are numbered, since the container has no others.
    """
    if all(gpu.startswith(("GPU-", "MIG-")) for gpu in gpus):
        return ",".join(gpus)
    return ",".join(map(str, range(len(gpus))))
