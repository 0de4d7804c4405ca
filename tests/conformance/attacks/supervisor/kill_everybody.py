"""Kills everything that it may, while children stop one another.

Tries: to end all processes but one and be the last to speak.
Covers: kill-supervisor stop-supervisor
Road: step
Must: RTE
"""

import os
import signal

for _ in range(4):
    if os.fork() == 0:
        while True:
            pass
os.kill(-1, signal.SIGKILL)
os.kill(os.getpid(), signal.SIGKILL)
