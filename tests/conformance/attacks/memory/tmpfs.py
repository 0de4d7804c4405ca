"""Fills every writable folder it finds.

Tries: to take memory through folders that lie in it.
Covers: memory-tmpfs huge-files
Road: step
Must: AC
"""

import os

from probe import Probe

probe = Probe()
places = [
    line.split()[1] for line in open("/proc/self/mounts") if os.access(line.split()[1], os.W_OK)
    and os.path.isdir(line.split()[1])
]  # fmt: skip
probe.works("writable folders", lambda: {"/tmp", "/job/out", "/dev/shm"} <= set(places))


def fill(place):
    for n in range(40):
        with open(f"{place}/fill-{n}", "wb") as file:
            file.write(bytes(1 << 20))
    return "40 MiB"


for place in places:
    probe.refused(f"fill {place}", lambda p=place: fill(p))
probe.end()
