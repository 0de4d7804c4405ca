"""Looks for descriptors that the supervisor left open.

Tries: to find the supervisor's connection, pipes of the case before, or open inputs.
Covers: search-descriptors forge-channel other-cases
Road: cases
Runs: twice
Must: AC
"""

import os

from probe import Probe

probe = Probe()
probe.works("its own file", lambda: os.readlink(f"/proc/self/fd/{os.open('/tmp', os.O_RDONLY)}") == "/tmp")
held = {}
for n in range(3, 256):
    try:
        held[n] = os.readlink(f"/proc/self/fd/{n}")
    except OSError:
        continue
probe.unseen("inherited", {n: where for n, where in held.items() if where != "/tmp"})
probe.refused("the supervisor's", lambda: os.listdir("/proc/1/fd"))
probe.end()
