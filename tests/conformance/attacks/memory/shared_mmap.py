"""Maps shared anonymous memory, lets children hold it, and ends its own part.

Tries: to take memory that no process owns alone.
Covers: memory-mmap memory-shm
Road: step
Must: MLE
"""

import mmap
import os
import time

while True:
    area = mmap.mmap(-1, 8 << 20, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)
    for offset in range(0, len(area), 4096):
        area[offset] = 1
    try:
        if os.fork() == 0:
            time.sleep(60)
    except OSError:
        held = globals().setdefault("held", [])
        held.append(area)
        continue
