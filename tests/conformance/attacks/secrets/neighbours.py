"""Looks for the sandboxes beside it.

Tries: to see processes, files, sockets and inputs of a scorer and of another contestant that run right now.
Covers: other-submissions abstract-sockets search-filesystem
Road: step
Must: AC
"""

import os
import socket

from probe import Probe, read

probe = Probe()
own = socket.socket(socket.AF_UNIX)
own.bind("\0own")
own.listen()
probe.works("its own abstract socket", lambda: socket.socket(socket.AF_UNIX).connect("\0own"))
probe.refused("the neighbour's", lambda: socket.socket(socket.AF_UNIX).connect("\0neighbour"))
probe.unseen("inputs of others", set(os.listdir("/job/in")) - {"attack.py", "probe.py", "__pycache__"})
for path in (
    "/tmp/mark",
    "/dev/shm/mark",
    "/job/out/mark",
    "/job/in/reference/labels.txt",
    "/job/in/secret.txt",
):
    probe.unseen(path, read(path))
probe.unseen("processes", [p for p in os.listdir("/proc") if p.isdigit() and int(p) not in (1, os.getpid())])
for folder in ("/job/slot/..", "/job/in/..", "/job/out/.."):
    probe.unseen(folder, [name for name in os.listdir(folder) if name.startswith("sb-")])
probe.end()
