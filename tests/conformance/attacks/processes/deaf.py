"""Ignores and blocks every signal, then sleeps.

Tries: to survive SIGTERM and whatever else can be ignored.
Covers: ignore-sigterm sleep
Road: step
Limits: wall_time_s=0.5
Must: TLE
"""

import contextlib
import signal
import time

for number in range(1, 65):
    with contextlib.suppress(OSError, ValueError):
        signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
while True:
    time.sleep(600)
