"""Keeps PID 1 away from its GPUs: CUDA does not survive a fork, and every step is a fork.

Importing torch touches no device. A preload that does (it asks whether CUDA is there, or puts a tensor on
it) would leave every step with a broken context and an error that looks like the participant's, so it is
refused.
"""

import contextlib
import os

NODES = ("/dev/nvidia", "/dev/kfd", "/dev/dri/")


def refuse_open_devices() -> None:
    """Refuse to go on if this process has a GPU's node open.

    Raises:
        RuntimeError: says which.
    """
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - before each sandbox is ready: 20 µs
        with contextlib.suppress(OSError):  # the descriptor of the listing itself is closed by now
            target = os.readlink(f"/proc/self/fd/{name}")  # noqa: PTH115 - as above
            if target.startswith(NODES):
                raise RuntimeError(f"a preload opened {target}: CUDA must not be in use before the fork")
