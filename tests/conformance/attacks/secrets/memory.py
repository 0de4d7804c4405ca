"""Reads all memory that it can.

Tries: to find secrets in memory that was inherited, shared or not wiped.
Covers: search-memory
Road: step
Limits: wall_time_s=20 cpu_time_s=20 memory_mib=256
Must: AC
"""

import os

from probe import TOLD, Probe

probe = Probe()
probe.hunt_own_memory()
for pid in [int(p) for p in os.listdir("/proc") if p.isdigit() and int(p) != os.getpid()] + [TOLD["pid"]]:
    if pid != os.getpid():
        probe.refused(f"memory of {pid}", lambda p=pid: open(f"/proc/{p}/mem", "rb").read(1))
for path in ("/dev/mem", "/dev/kmem", "/dev/port", "/proc/kcore", "/proc/kpageflags"):
    probe.refused(path, lambda p=path: open(p, "rb").read(64) or 1 / 0, ZeroDivisionError)
probe.end()
