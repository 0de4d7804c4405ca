"""A declared output that is large and empty.

Tries: to have the judge read a terabyte that takes no space.
Covers: sparse-files
Road: step
Outputs: out=1024
Must: OLE
"""

import os

descriptor = os.open("out", os.O_CREAT | os.O_RDWR)
for size in (1 << 50, 1 << 40, 3 << 20):
    try:
        os.ftruncate(descriptor, size)
        break
    except OSError:
        continue
print("contained")
