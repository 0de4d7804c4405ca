"""Many processes, each with a modest amount.

Tries: to stay below a limit per process while all together take far more.
Covers: memory-heap
Road: step
Must: MLE
"""

import os
import time

for _ in range(16):
    if os.fork() == 0:
        held = bytearray(b"x") * (16 << 20)
        time.sleep(600)
while True:
    time.sleep(600)
