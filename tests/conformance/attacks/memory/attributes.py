"""Extended attributes on files.

Tries: to keep memory in attributes, which no size of a folder counts.
Covers: memory-tmpfs tiny-files
Road: step
Must: AC or MLE
"""

import os

from probe import Probe

probe = Probe()
probe.works("a file", lambda: open("/tmp/own", "w").write("x"))


def take():
    n = 0
    while n < 300 << 20:
        path = f"/tmp/{n}"
        open(path, "w").close()
        os.setxattr(path, "user.hog", b"x" * 60000)
        n += 60000
    return n


probe.refused("bytes in attributes", take)
probe.end()
