"""Whether a GPU may be lent again: what ran on it is gone and its memory is as it was before.

Destroying a sandbox kills its processes; the driver frees what they held shortly after. A device that does
not come back (a process stuck in the driver, memory that stays taken, a device off the bus) must not be lent:
the next run would be slower than it deserves, or could be handed memory that was not wiped.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandboxes.errors import GpuFault
from sandboxes.gpus.devices import Inventory

# The driver's own bookkeeping comes and goes; the smallest CUDA context takes more than 100 MiB.
TOLERANCE_MIB = 48.0
LOOK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class Dirty:
    """A device to be quarantined.

    Attributes:
        gpu_id: which.
        reason: one line for administrators.
    """

    gpu_id: str
    reason: str


def await_clean(
    inventory: Inventory, gpu_ids: Sequence[str], baseline_mib: Mapping[str, float], timeout_s: float
) -> list[Dirty]:
    """Wait until no process is on the devices and their memory is back to the baseline.

    Args:
        inventory: of this host.
        gpu_ids: which devices.
        baseline_mib: id → memory in use when nothing ran there. Where an id is absent only processes count.
        timeout_s: seconds to wait in all; at least one look is taken.

    Returns:
        What is still dirty, or does not answer, after that time; empty when all are clean.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        dirty = []
        for gpu_id in gpu_ids:
            reason = _find_dirt(inventory, gpu_id, baseline_mib.get(gpu_id))
            if reason is not None:
                dirty.append(Dirty(gpu_id, reason))
        if not dirty or time.monotonic() >= deadline:
            return dirty
        time.sleep(LOOK_EVERY_S)


def _find_dirt(inventory: Inventory, gpu_id: str, baseline_mib: float | None) -> str | None:
    try:
        state = inventory.look(gpu_id)
    except GpuFault as fault:
        return fault.detail
    if state.pids:
        return f"processes still on it: {', '.join(map(str, state.pids))}"
    if baseline_mib is not None and state.used_mib > baseline_mib + TOLERANCE_MIB:
        return f"{state.used_mib:.0f} MiB in use, {baseline_mib:.0f} MiB before it was lent"
    return None
