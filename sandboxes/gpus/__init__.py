"""GPUs of this host as sandboxes need them: what is there, what it is doing, whether it is clean again."""

from sandboxes.errors import GpuFault
from sandboxes.gpus.cleaning import Dirty, await_clean
from sandboxes.gpus.devices import Gpu, GpuState, Inventory, NoGpus
from sandboxes.gpus.inventory import find_inventory

__all__ = ["Dirty", "Gpu", "GpuFault", "GpuState", "Inventory", "NoGpus", "await_clean", "find_inventory"]
