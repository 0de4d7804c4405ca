"""Looks into the supervisor.

Tries: to read the supervisor's memory, descriptors, environment and place by way of /proc.
Covers: search-proc search-memory search-descriptors
Road: step
Must: AC
"""

import os

from probe import Probe

probe = Probe()
probe.works("its own maps", lambda: open("/proc/self/maps").read() != "")
probe.works("its own descriptors", lambda: os.listdir("/proc/self/fd") != [])
for name in (
    "environ",
    "mem",
    "maps",
    "smaps",
    "auxv",
    "stack",
    "syscall",
    "personality",
    "pagemap",
    "io",
    "timers",
):
    probe.refused(name, lambda n=name: open(f"/proc/1/{n}", "rb").read(1) or 1 / 0, ZeroDivisionError)
for name in ("root", "cwd", "exe", "ns/mnt", "ns/pid"):
    probe.refused(name, lambda n=name: os.readlink(f"/proc/1/{n}"))
for name in ("fd", "fdinfo", "map_files"):
    probe.refused(name, lambda n=name: os.listdir(f"/proc/1/{n}"))
probe.end()
