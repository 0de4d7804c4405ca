"""Reads more than its memory holds, over and over.

Tries: to fill its memory with the cache of files that it only reads, and so to be killed as a hog, or to
    push the host's own cache out.
Covers: page-cache
Road: step
Limits: wall_time_s=30 cpu_time_s=30 memory_mib=64
Must: AC
"""

import os
import sys

from probe import Probe

probe = Probe()
n_bytes = 0
for top, _, files in os.walk(sys.base_prefix):
    for name in files:
        path = os.path.join(top, name)
        if n_bytes > 160 << 20 or os.path.islink(path):
            continue
        try:
            with open(path, "rb") as file:
                while body := file.read(1 << 20):
                    n_bytes += len(body)
        except OSError:
            pass
probe.works("read more than memory", lambda: n_bytes > 96 << 20)
with open("/proc/self/status") as file:
    resident = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
probe.unseen("it is held in memory", resident if resident > 64 << 10 else 0)
probe.end()
