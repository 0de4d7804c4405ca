"""Maps anonymous memory and touches each page.

Tries: to take memory past any limit on the heap.
Covers: memory-mmap
Road: step
Must: MLE
"""

import mmap

held = []
while True:
    area = mmap.mmap(-1, 8 << 20)
    for offset in range(0, len(area), 4096):
        area[offset] = 1
    held.append(area)
