"""A fork bomb in a question.

Tries: to multiply beyond the reach of the harness, which ends each question's own processes alone.
Covers: fork-bomb setsid
Road: function
Limits: wall_time_s=4 cpu_time_s=4
Must: TLE or RTE or MLE
"""

import contextlib
import os


def add(a, b):
    while True:
        with contextlib.suppress(OSError):
            if os.fork() == 0:
                os.setsid()
