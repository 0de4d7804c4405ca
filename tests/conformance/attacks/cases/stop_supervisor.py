"""Kills and stops the supervisor between cases.

Tries: to end the series, or to be alone in the sandbox with the next case.
Covers: kill-supervisor stop-supervisor
Road: cases
Runs: twice
Must: AC
"""

import contextlib
import os
import signal
import time

from probe import Probe, read

probe = Probe()
child = os.fork()
if child == 0:
    time.sleep(30)
probe.works("kill a child", lambda: os.kill(child, signal.SIGKILL))
for number in range(1, 65):
    with contextlib.suppress(OSError):
        os.kill(1, number)
with contextlib.suppress(OSError):
    os.kill(-1, signal.SIGKILL)
probe.unseen(
    "the supervisor stands still", read("/proc/1/stat").rpartition(b") ")[2][:1] in (b"T", b"t", b"Z", b"X")
)
probe.refused("trace it", lambda: open("/proc/1/mem", "r+b"))
probe.end()
