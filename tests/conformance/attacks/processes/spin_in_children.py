"""Computes in a long row of short children.

Tries: to use processor time that is counted to nobody, as each child lives but a moment.
Covers: fork-bomb
Road: step
Limits: cpu_time_s=0.5 wall_time_s=6
Must: TLE
"""

import os
import signal
import time

signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel then forgets the children's time
while True:
    try:
        pid = os.fork()
    except OSError:  # too many of them at the moment
        continue
    if pid == 0:
        end = time.process_time() + 0.02
        while time.process_time() < end:
            pass
        os._exit(0)
    time.sleep(0.01)
