"""Uses descriptors that were left open.

Tries: to find files, sockets and folders of the worker that it inherited.
Covers: search-descriptors
Road: step
Must: AC
"""

import os

from probe import Probe

probe = Probe()
probe.works("its own file", lambda: os.readlink(f"/proc/self/fd/{os.open('/tmp', os.O_RDONLY)}") == "/tmp")
held = {}
for n in range(3, 1024):
    try:
        held[n] = os.readlink(f"/proc/self/fd/{n}")
    except OSError:
        continue
probe.unseen("inherited", {n: where for n, where in held.items() if where != "/tmp"})
probe.unseen("stdin", os.readlink("/proc/self/fd/0") not in ("/dev/null", "/null"))
probe.unseen("a terminal", any(os.isatty(n) for n in range(3)))
for n in range(3):
    probe.refused("a folder behind a stream", lambda n=n: os.listdir(f"/proc/self/fd/{n}/.."))
probe.end()
