"""Announces ten gigabytes to the judge.

Tries: to have the trusted side make room for, or wait for, a frame that never ends.
Covers: forge-channel memory-heap
Road: function
Must: PE or RTE or WA or TLE or OLE
"""

import os
import struct

for descriptor in range(3, 64):
    try:
        os.write(descriptor, struct.pack(">I", 0xFFFFFFFF) + b"x" * 100_000)
    except OSError:
        continue


def add(a, b):
    return 42
