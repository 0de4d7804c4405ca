"""Opens performance counters.

Tries: to watch other programs, or the kernel, at work.
Covers: perf
Road: step
Unless: no-seccomp: RTE
Must: AC
"""

import ctypes

from probe import Probe, call

probe = Probe()
probe.works("a call", lambda: call("getpid") > 0)
event = (ctypes.c_uint32 * 32)(1, 128)
for pid, core in ((0, -1), (-1, 0), (1, -1)):
    probe.forbidden("perf_event_open", ctypes.byref(event), pid, core, -1, 0)
for path in (
    "/sys/kernel/debug/tracing/trace",
    "/sys/kernel/tracing/trace",
    "/sys/kernel/debug/kprobes/list",
):
    probe.refused(path, lambda p=path: open(p).read())
probe.end()
