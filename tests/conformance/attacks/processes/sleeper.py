"""Sleeps.

Tries: to hold a sandbox for ever without using any of it.
Covers: sleep
Road: step
Limits: wall_time_s=0.5
Must: TLE
"""

import time

time.sleep(600)
