"""What the rest of the judge knows of a GPU: plain values and one small interface, whoever fills it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sandboxes.errors import GpuFault

# A UUID as the driver writes it, or a qualified CDI name. Neither can hold a comma or be a word like `all`,
# which NVIDIA's container tools would take for more devices than one.
_NAME = re.compile(r"(GPU|MIG)-[\w/-]+|[\w.-]+/[\w.-]+=[\w.:-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Gpu:
    """A device that can be leased: a whole GPU, or one MIG slice of it.

    Attributes:
        id: the driver's UUID, `GPU-…` or `MIG-…`; the same after a reboot.
        index: of the physical device on this host; slices of one device share it.
        kind: the driver's name, e.g. `NVIDIA A100-SXM4-80GB`, of a slice with its profile.
        memory_mib: of the device or slice.
        is_mig: whether it is a slice.
    """

    id: str
    index: int
    kind: str
    memory_mib: int
    is_mig: bool = False


@dataclass(frozen=True, slots=True)
class GpuState:
    """A device at one moment.

    Attributes:
        used_mib: memory in use, the driver's own share included.
        utilisation: 0 to 1; 0 where the driver does not tell (MIG slices).
        pids: processes on it, as the host numbers them.
    """

    used_mib: float
    utilisation: float
    pids: tuple[int, ...]


class Inventory(Protocol):
    """The GPUs of one host. Thread-safe."""

    def list_gpus(self) -> tuple[Gpu, ...]:
        """Return every device that can be leased; a device in MIG mode only as its slices.

        Raises:
            GpuFault: the driver does not answer.
        """

    def look(self, gpu_id: str) -> GpuState:
        """Return what a device is doing now.

        Args:
            gpu_id: see `Gpu.id`.

        Raises:
            GpuFault: it is not there, fell off the bus, or the driver does not answer.
        """


class NoGpus:
    """The inventory of a host without GPUs, or without their driver."""

    def list_gpus(self) -> tuple[Gpu, ...]:
        """Return nothing."""
        return ()

    def look(self, gpu_id: str) -> GpuState:
        """Raise GpuFault: there is no such device."""
        raise GpuFault(f"this host has no GPU {gpu_id}")


def check_gpus(gpus: Sequence[str], memory_mib: float | None) -> None:
    """Refuse a wish for GPUs that no host could fulfil.

    Args:
        gpus: see `Profile.gpus`.
        memory_mib: see `Profile.gpu_memory_mib`.

    Raises:
        ValueError: says why.
    """
    for gpu in gpus:
        if not _NAME.fullmatch(gpu):
            raise ValueError(f"{gpu!r} is neither a GPU's UUID nor a CDI name")
    if len(set(gpus)) != len(gpus):
        raise ValueError("the same GPU is asked for twice")
    if memory_mib is not None and memory_mib <= 0:
        raise ValueError(f"gpu_memory_mib must be positive, got {memory_mib}")
