"""Kills the process that asks.

Tries: to make the judge blame itself for a dead harness.
Covers: kill-supervisor
Road: function
Must: RTE or WA
"""

import os
import signal


def add(a, b):
    os.kill(os.getppid(), signal.SIGKILL)
    os.kill(-1, signal.SIGKILL)
