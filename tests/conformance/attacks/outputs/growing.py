"""A daemon appends to the output for ever.

Tries: to make the output larger between its measuring and its reading.
Covers: output-swapped huge-files
Road: step
Limits: wall_time_s=4
Outputs: out=4000000
Must: AC or OLE
"""

import os
import time

if os.fork() == 0:
    os.setsid()
    with open("out", "ab", buffering=0) as file:
        while True:
            file.write(b"x" * 10)
time.sleep(0.2)
print("contained")
