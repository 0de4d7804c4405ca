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

from probe import Probe

probe = Probe()
probe.signal_supervisor()
for act in (
    lambda: os.killpg(1, 9),
    lambda: os.kill(-1, signal.SIGSTOP),
    lambda: signal.pidfd_send_signal(os.pidfd_open(1), 9),
):
    with contextlib.suppress(OSError):
        act()
time.sleep(0.1)
probe.see_supervisor_stand()
probe.end()
