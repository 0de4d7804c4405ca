"""Takes the rights from the folders that the next case needs.

Tries: to lock the next case out of its scratch folders, or to keep them for itself.
Covers: other-cases
Road: cases
Runs: twice
Must: AC
"""

import contextlib
import os

from probe import Probe

probe = Probe()
for place in ("/tmp", "/job/out", "/dev/shm"):
    probe.works(place, lambda p=place: open(p + "/own", "w").write("x"))
for place in ("/tmp", "/job/out", "/dev/shm"):
    with contextlib.suppress(OSError):
        os.chmod(place, 0)
    with contextlib.suppress(OSError):
        os.chmod(place, 0o700)
    probe.refused(place, lambda p=place: os.rename(p, p + "-gone"))
probe.end()
