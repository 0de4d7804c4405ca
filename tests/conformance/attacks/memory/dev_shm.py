"""Fills /dev/shm.

Tries: to take more shared memory than the folder was given.
Covers: memory-shm memory-tmpfs
Road: step
Must: AC
"""

from probe import Probe

probe = Probe()
probe.works("a small file", lambda: open("/dev/shm/own", "wb").write(b"x"))


def fill():
    for n in range(20):
        with open(f"/dev/shm/{n}", "wb") as file:
            file.write(bytes(2 << 20))
    return "40 MiB"


probe.refused("fill", fill)
probe.end()
