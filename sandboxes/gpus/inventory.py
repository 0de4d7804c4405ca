"""Chooses the inventory of this host: NVML where library and driver are there, else none."""

import logging

from sandboxes.errors import GpuFault
from sandboxes.gpus.devices import Inventory, NoGpus
from sandboxes.gpus.nvml import Nvml, NvmlAbsent

logger = logging.getLogger(__name__)


def find_inventory() -> Inventory:
    """Return this host's GPUs.

    Returns:
        NVML's, or `NoGpus` where its Python binding, its library or the driver is absent. A driver that is
        there and broken is not absence: the inventory is returned and raises `GpuFault` when asked.
    """
    try:
        inventory = Nvml()
    except NvmlAbsent as absence:
        logger.info("gpus.none", extra={"reason": str(absence)})
        return NoGpus()
    try:
        logger.info("gpus.nvml", extra={"driver": inventory.driver_version()})
    except GpuFault as fault:
        logger.warning("gpus.fault", extra={"reason": fault.detail})
    return inventory
