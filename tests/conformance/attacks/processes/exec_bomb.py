"""Forks, and starts itself anew in parent and child.

Tries: to shed everything that was set on the process by executing a program over and over.
Covers: fork-bomb
Road: step
Limits: wall_time_s=1 cpu_time_s=1 n_cpus=2
Must: TLE
"""

import contextlib
import os
import sys

with contextlib.suppress(OSError):
    os.fork()
os.execv(sys.executable, [sys.executable, *sys.argv])
