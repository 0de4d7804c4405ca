"""Reads and marks control groups.

Tries: to learn of neighbours from their groups' figures, and to leave a mark in a group for the next.
Covers: timing-cgroup
Road: step
Runs: twice
Must: AC
"""

import os

from probe import Probe, read

probe = Probe()
probe.works("its group's name", lambda: read("/proc/self/cgroup") != b"")
for top, folders, files in os.walk("/sys/fs/cgroup"):
    for folder in folders:
        if folder.startswith(("sb-", "docker", "judge")) or len(folder) == 64:
            probe.unseen("a neighbour's group", os.path.join(top, folder))
    for name in files:
        path = os.path.join(top, name)
        probe.n_tries += 1
        if os.access(path, os.W_OK):
            try:
                with open(path, "r+") as file:
                    file.write(file.read()[:64])
                probe.through.append(f"{path} can be written")
            except OSError:
                pass
probe.refused("a group", lambda: os.mkdir("/sys/fs/cgroup/mark"))
probe.end()
