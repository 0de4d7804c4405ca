"""Sleeps in one case.

Tries: to use up the time of the cases that follow.
Covers: sleep other-cases
Road: cases
Limits: wall_time_s=0.5
Must: TLE
"""

import time

time.sleep(600)
