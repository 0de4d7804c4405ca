"""Files that exist in memory alone.

Tries: to keep memory in descriptors of files without a name.
Covers: memory-shm
Road: step
Must: MLE or AC
"""

import os

from probe import Probe

probe = Probe()
probe.works("an own file", lambda: open("/tmp/own", "wb").write(b"x"))


def take():
    n, held = 0, []
    while n < 512:
        descriptor = os.memfd_create("hog")
        held.append(descriptor)
        for _ in range(16):  # below the limit on one file
            os.write(descriptor, b"x" * (1 << 18))
        n += 4
    return n


probe.refused("MiB in nameless files", take)
probe.end()
