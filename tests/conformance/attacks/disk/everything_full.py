"""Fills all folders and fails.

Tries: to leave no room for whoever has to report about it.
Covers: huge-files memory-tmpfs
Road: step
Must: OLE or RTE
"""

import os
import sys

for place in ("/tmp", "/job/out", "/dev/shm"):
    for n in range(100):
        try:
            descriptor = os.open(f"{place}/{n}", os.O_CREAT | os.O_WRONLY)
            while os.write(descriptor, b"x" * 65536):
                pass
        except OSError:
            continue
sys.exit(1)
