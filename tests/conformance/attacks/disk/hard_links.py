"""One file under more and more names.

Tries: to take the kernel's memory with names, which need no inode of their own.
Covers: tiny-files output-hardlink
Road: step
Must: AC
"""

import os

from probe import Probe

probe = Probe()
probe.works("one file", lambda: open("/tmp/own", "w").close())


def flood():
    for n in range(60_000):
        os.link("/tmp/own", f"/tmp/{n}")
    return "60000 names"


probe.refused("flood", flood)
probe.end()
