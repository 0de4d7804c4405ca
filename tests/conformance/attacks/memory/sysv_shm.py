"""System V shared memory.

Tries: to keep memory in segments that belong to no process and no file.
Covers: memory-shm
Road: step
Must: MLE or AC
"""

import ctypes

from probe import Probe, call

probe = Probe()
probe.works("an own page", lambda: ctypes.create_string_buffer(4096) is not None)


def take():
    n = 0
    while n < 512:
        segment = call("shmget", 0, 16 << 20, 0o1600)
        address = call("shmat", segment, 0, 0)
        ctypes.memset(address, 1, 16 << 20)
        n += 16
    return n


probe.refused("MiB of shared memory", take)
probe.end()
