"""A fork bomb in one case.

Tries: to multiply faster than the supervisor can clear away before the next case.
Covers: fork-bomb leave-processes
Road: cases
Limits: wall_time_s=1 cpu_time_s=1
Must: TLE or MLE
"""

import contextlib
import os

# A fork that fails leaves the kernel memory to free, charged to this sandbox: on a busy host that runs out first.
while True:
    with contextlib.suppress(OSError):
        if os.fork() == 0:
            os.setsid()
