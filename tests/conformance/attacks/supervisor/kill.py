"""Sends every signal to the supervisor.

Tries: to kill, stop or confuse PID 1, singly, by group and by everybody.
Covers: kill-supervisor stop-supervisor
Road: step
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
    time.sleep(60)
probe.works("kill a child", lambda: os.kill(child, signal.SIGTERM))
for number in range(1, 65):
    with contextlib.suppress(OSError):
        os.kill(1, number)
for act in (
    lambda: os.killpg(1, 9),
    lambda: os.kill(-1, signal.SIGSTOP),
    lambda: signal.pidfd_send_signal(os.pidfd_open(1), 9),
):
    with contextlib.suppress(OSError):
        act()
time.sleep(0.1)
state = read("/proc/1/stat").rpartition(b") ")[2][:1]
probe.unseen("the supervisor stands still", state in (b"T", b"t", b"Z", b"X"))
probe.end()
