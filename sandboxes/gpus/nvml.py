"""The driver's own figures, through NVML.

The binding is NVIDIA's `nvidia-ml-py`, which opens the driver's `libnvidia-ml.so.1`. Devices are looked up by
UUID each time: a handle kept over a driver reload or a change of MIG slices would answer for another device.
"""

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from sandboxes.errors import GpuFault
from sandboxes.gpus.devices import Gpu, GpuState
from sandboxes.limits import MIB

logger = logging.getLogger(__name__)


class NvmlAbsent(Exception):
    """There is no binding, no library or no driver here; the message says which."""


class Nvml:
    """The inventory of a host with an NVIDIA driver. Thread-safe, as NVML is.

    A driver that answers with an error (upgraded without a reboot, say) is asked anew at each call.

    Raises:
        NvmlAbsent: when made on a host without the binding, the library or the driver.
    """

    def __init__(self) -> None:
        try:
            self._nvml: Any = import_module("pynvml")
        except ImportError as error:
            raise NvmlAbsent("the Python package nvidia-ml-py is not installed") from error
        self._lock = threading.Lock()
        self._is_open = False
        try:
            self._open()
        except (self._nvml.NVMLError_LibraryNotFound, self._nvml.NVMLError_DriverNotLoaded) as error:
            raise NvmlAbsent(f"no NVIDIA driver: {error}") from error
        except self._nvml.NVMLError as error:
            logger.warning("gpus.driver_broken", extra={"reason": str(error)})

    def _open(self) -> None:
        with self._lock:
            if not self._is_open:
                self._nvml.nvmlInit()
                self._is_open = True

    @contextlib.contextmanager
    def _asking(self, doing: str) -> Iterator[None]:
        """Open NVML if it is not; raise its errors as ours."""
        try:
            self._open()
            yield
        except (self._nvml.NVMLError_Uninitialized, self._nvml.NVMLError_DriverNotLoaded) as error:
            self._is_open = False  # the driver was unloaded: open it again next time
            raise GpuFault(f"{doing}: {error}") from error
        except (self._nvml.NVMLError, self._nvml.NVMLLibraryMismatchError) as error:
            raise GpuFault(f"{doing}: {error}") from error

    def driver_version(self) -> str:
        """Return the driver's version.

        Raises:
            GpuFault: it does not answer.
        """
        with self._asking("driver version"):
            return str(self._nvml.nvmlSystemGetDriverVersion())

    def list_gpus(self) -> tuple[Gpu, ...]:
        """See `Inventory.list_gpus`. A device that fell off the bus is left out and logged."""
        found: list[Gpu] = []
        with self._asking("listing GPUs"):
            for index in range(self._nvml.nvmlDeviceGetCount()):
                try:
                    found += self._of_device(index)
                except (self._nvml.NVMLError_GpuIsLost, self._nvml.NVMLError_ResetRequired) as error:
                    logger.warning("gpus.lost", extra={"gpu_index": index, "reason": str(error)})
        return tuple(found)

    def _of_device(self, index: int) -> list[Gpu]:
        handle = self._nvml.nvmlDeviceGetHandleByIndex(index)
        if not self._is_sliced(handle):
            return [self._describe(handle, index, is_mig=False)]
        slices = []
        for place in range(self._nvml.nvmlDeviceGetMaxMigDeviceCount(handle)):
            with contextlib.suppress(self._nvml.NVMLError_NotFound):  # places may be empty
                part = self._nvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, place)
                slices.append(self._describe(part, index, is_mig=True))
        return slices

    def _is_sliced(self, handle: Any) -> bool:  # noqa: ANN401 - the binding has no types
        try:
            current, _ = self._nvml.nvmlDeviceGetMigMode(handle)
        except self._nvml.NVMLError_NotSupported:
            return False
        return bool(current == self._nvml.NVML_DEVICE_MIG_ENABLE)

    def _describe(self, handle: Any, index: int, *, is_mig: bool) -> Gpu:  # noqa: ANN401
        return Gpu(
            id=str(self._nvml.nvmlDeviceGetUUID(handle)),
            index=index,
            kind=str(self._nvml.nvmlDeviceGetName(handle)),
            memory_mib=int(self._nvml.nvmlDeviceGetMemoryInfo(handle).total) // MIB,
            is_mig=is_mig,
        )

    def look(self, gpu_id: str) -> GpuState:
        """See `Inventory.look`."""
        with self._asking(f"GPU {gpu_id}"):
            handle = self._nvml.nvmlDeviceGetHandleByUUID(gpu_id)
            used = self._nvml.nvmlDeviceGetMemoryInfo(handle).used
            return GpuState(int(used) / MIB, self._utilisation(handle), self._pids(handle))

    def _utilisation(self, handle: Any) -> float:  # noqa: ANN401
        try:
            return min(1.0, int(self._nvml.nvmlDeviceGetUtilizationRates(handle).gpu) / 100)
        except self._nvml.NVMLError_NotSupported:  # slices have no such counter
            return 0.0

    def _pids(self, handle: Any) -> tuple[int, ...]:  # noqa: ANN401
        questions: tuple[Callable[[Any], Any], ...] = (
            self._nvml.nvmlDeviceGetComputeRunningProcesses,
            self._nvml.nvmlDeviceGetGraphicsRunningProcesses,
            self._nvml.nvmlDeviceGetMPSComputeRunningProcesses,
        )
        pids: set[int] = set()
        for ask in questions:
            # Not every device does graphics or MPS; every one computes, so that question must be answered.
            is_optional = ask is not questions[0]
            with contextlib.suppress(*([self._nvml.NVMLError_NotSupported] if is_optional else [])):
                pids.update(int(process.pid) for process in ask(handle))
        return tuple(sorted(pids))
