"""Changes its own limits where the kernel keeps them.

Tries: to raise its limits, leave its control group, or have the host run a program when one empties.
Covers: timing-cgroup mounts
Road: step
Must: AC
"""

import glob
import os

from probe import Probe, read

probe = Probe()
probe.works("its group's name", lambda: read("/proc/self/cgroup") != b"")
names = (
    "release_agent",
    "notify_on_release",
    "tasks",
    "cgroup.procs",
    "memory.limit_in_bytes",
    "memory.max",
    "pids.max",
    "cpu.cfs_quota_us",
    "cgroup.kill",
    "devices.allow",
    "cgroup.clone_children",
)


def write(path):
    with open(path, "w") as file:
        file.write("1")


probe.refused("a new group", lambda: os.mkdir("/sys/fs/cgroup/own"))
for folder in ("/sys/fs/cgroup", *glob.glob("/sys/fs/cgroup/*")):
    probe.refused(folder, lambda f=folder: os.mkdir(f + "/own"))
    for name in names:
        probe.refused(f"{folder}/{name}", lambda p=f"{folder}/{name}": write(p))
probe.end()
