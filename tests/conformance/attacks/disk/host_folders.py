"""Writes wherever the system has a folder.

Tries: to leave files on the host: in programs, configuration, devices, our own code.
Covers: search-filesystem huge-files
Road: step
Must: AC
"""

import os

from probe import TOLD, Probe

probe = Probe()
probe.works("scratch", lambda: open("/tmp/own", "w").write("x"))
folders = [
    "/", "/usr", "/usr/bin", "/usr/lib", "/usr/local", "/etc", "/dev", "/dev/mqueue", "/proc", "/job", "/job/in", "/job/slot",
    "/job/code", "/job/sup", "/job/sup/inside", "/var", "/var/tmp", "/home", "/root", "/run", "/run/lock", "/sys",
    "/sys/fs/cgroup", "/opt", "/mnt", os.path.dirname(os.__file__), TOLD["folder"],
]  # fmt: skip


def plant(path):
    with open(path, "w") as file:
        file.write("x")


for folder in folders:
    probe.refused(folder, lambda f=folder: plant(f + "/planted"))
for path in (
    "/etc/passwd",
    "/etc/ld.so.preload",
    "/job/sup/inside/supervisor.py",
    "/usr/bin/env",
    "/job/in/attack.py",
):
    probe.refused(path, lambda p=path: plant(p))
probe.end()
