"""Looks at fresh memory before writing to it.

Tries: to find what others left in pages that were given to it.
Covers: search-memory other-submissions
Road: step
Runs: twice
Must: AC
"""

import mmap
import os

from probe import Probe

probe = Probe()
area = mmap.mmap(-1, 32 << 20)
probe.unseen("bytes in fresh memory", any(area.read()))
area.seek(0)
probe.works("writing", lambda: area.write(b"left-behind " * 1000) > 0)
with open("/tmp/hole", "wb") as file:
    file.truncate(2 << 20)
with open("/tmp/hole", "rb") as file:
    probe.unseen("bytes in a fresh file", any(file.read()))
probe.hunt("random", os.urandom(4096))
probe.end()
