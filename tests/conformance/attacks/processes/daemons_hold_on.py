"""Daemons in sessions of their own, and a parent that waits for them.

Tries: to outlive the deadline in a part of the process tree that nobody looks at.
Covers: double-fork setsid
Road: step
Limits: wall_time_s=0.5
Must: TLE
"""

import os
import time

for _ in range(4):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.setsid()
        time.sleep(600)
time.sleep(600)
