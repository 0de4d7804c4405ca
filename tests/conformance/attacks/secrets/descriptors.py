"""Uses descriptors that were left open.

Tries: to find files, sockets and folders of the worker that it inherited.
Covers: search-descriptors
Road: step
Must: AC
"""

import os

from probe import Probe

probe = Probe()
probe.look_at_descriptors()
probe.unseen("stdin", os.readlink("/proc/self/fd/0") not in ("/dev/null", "/null"))
probe.unseen("a terminal", any(os.isatty(n) for n in range(3)))
for n in range(3):
    probe.refused("a folder behind a stream", lambda n=n: os.listdir(f"/proc/self/fd/{n}/.."))
probe.end()
