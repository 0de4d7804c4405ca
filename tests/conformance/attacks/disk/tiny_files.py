"""More and more empty files.

Tries: to take inodes and the kernel's memory with files that have no content.
Covers: tiny-files
Road: step
Must: AC
"""

import os

from probe import Probe

probe = Probe()
probe.works("one file", lambda: os.close(os.open("/tmp/own", os.O_CREAT | os.O_WRONLY)))


def flood():
    for n in range(40_000):
        os.close(os.open(f"/tmp/{n}", os.O_CREAT | os.O_WRONLY))
    return "40000 files"


probe.refused("flood", flood)
probe.end()
