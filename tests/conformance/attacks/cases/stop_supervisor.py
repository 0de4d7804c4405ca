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

from probe import Probe

probe = Probe()
probe.signal_supervisor()
with contextlib.suppress(OSError):
    os.kill(-1, signal.SIGKILL)
probe.see_supervisor_stand()
probe.refused("trace it", lambda: open("/proc/1/mem", "r+b"))
probe.end()
