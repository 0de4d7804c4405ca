"""Stops itself and its children.

Tries: to stand still in a way that neither ends nor runs.
Covers: sleep stop-supervisor
Road: step
Limits: wall_time_s=0.5
Must: TLE
"""

import os
import signal

for _ in range(3):
    if os.fork() == 0:
        break
while True:
    os.kill(os.getpid(), signal.SIGSTOP)
