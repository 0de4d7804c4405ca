"""Takes what belongs to others: priority, limits, the place in the queue for being killed.

Tries: to rise above its neighbours by niceness, real-time scheduling, higher limits or a safe place from
    the kernel's out-of-memory killer.
Covers: memory-heap setuid
Road: step
Must: AC
"""

import os
import resource

from probe import Probe

probe = Probe()
probe.works("be nicer", lambda: os.nice(1))
probe.refused("be less nice", lambda: os.nice(-5))
probe.refused("real time", lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10)))
probe.refused("idle io of others", lambda: os.setpriority(os.PRIO_PROCESS, 1, -10))


def spare_me():
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("-1000")


probe.refused("be spared", spare_me)
for kind in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC):
    hard = resource.getrlimit(kind)[1]
    probe.unseen("no limit", hard == resource.RLIM_INFINITY)
    probe.refused(
        f"raise limit {kind}", lambda k=kind, h=hard: resource.setrlimit(k, (h + 1, h + 1)), ValueError
    )
probe.end()
