"""Stops the process that asks.

Tries: to freeze the harness in the middle of a question, so that no answer ever comes.
Covers: stop-supervisor sleep
Road: function
Limits: wall_time_s=6
Must: TLE or RTE
"""

import os
import signal


def add(a, b):
    os.kill(os.getppid(), signal.SIGSTOP)
    os.kill(os.getpid(), signal.SIGSTOP)
