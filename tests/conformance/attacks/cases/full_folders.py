"""Fills every folder before it ends.

Tries: to leave no room for the next case.
Covers: other-cases memory-tmpfs
Road: cases
Runs: twice
Must: AC
"""

from probe import Probe

probe = Probe()


def fill(place):
    for n in range(200):
        with open(f"{place}/{n}", "wb") as file:
            file.write(bytes(1 << 20))
    return "200 MiB"


for place in ("/tmp", "/job/out", "/dev/shm"):
    probe.works(place, lambda p=place: open(p + "/own", "w").write("x"))
    probe.refused(place, lambda p=place: fill(p))
probe.end()
