"""Fork bomb whose every process leaves its session and ignores all signals.

Tries: to be out of reach of whoever kills by process group, session or a polite signal.
Covers: fork-bomb setsid ignore-sigterm
Road: step
Limits: wall_time_s=1 cpu_time_s=1 n_cpus=2
Must: TLE or MLE
"""

import contextlib
import os
import signal

for number in range(1, 65):
    with contextlib.suppress(OSError, ValueError):
        signal.signal(number, signal.SIG_IGN)
# A fork that fails leaves the kernel memory to free, charged to this sandbox: on a busy host that runs out first.
while True:
    with contextlib.suppress(OSError):
        if os.fork() == 0:
            os.setsid()
