"""A child takes the memory; the parent says that all is well.

Tries: to have the kernel kill the child and the judge not notice.
Covers: memory-heap
Road: step
Must: MLE
"""

import os

if os.fork() == 0:
    held = []
    while True:
        held.append(bytearray(b"x") * (4 << 20))
os.wait()
print("contained")
