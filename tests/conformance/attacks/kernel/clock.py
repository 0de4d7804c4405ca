"""Sets the clock.

Tries: to turn time back, so that limits never come, or forth, so that others' contests end.
Covers: clock
Road: step
Unless: no-seccomp: RTE
Must: AC
"""

import ctypes
import time

from probe import Probe

probe = Probe()
probe.works("the time", lambda: time.time() > 1e9)
now = (ctypes.c_long * 2)(1_000_000_000, 0)
probe.forbidden("settimeofday", ctypes.byref(now), 0)
probe.forbidden("clock_settime", 0, ctypes.byref(now))
timex = (ctypes.c_long * 32)(0x4000)
probe.forbidden("adjtimex", ctypes.byref(timex))
probe.forbidden("clock_adjtime", 0, ctypes.byref(timex))
for path in ("/dev/rtc", "/dev/rtc0", "/proc/self/timens_offsets"):
    probe.refused(path, lambda p=path: open(p, "r+b", buffering=0).write(b"monotonic 1000 0\n"))
probe.end()
