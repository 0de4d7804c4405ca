"""Sets limits, priorities and the like on the supervisor.

Tries: to starve PID 1 of time, files or memory so that it cannot do its work.
Covers: kill-supervisor stop-supervisor
Road: step
Unless: supervisor-shares-user: RTE
Must: AC
"""

import os
import resource

from probe import Probe

probe = Probe()
probe.works("its own limit", lambda: resource.prlimit(0, resource.RLIMIT_CPU) is not None)
for kind in (resource.RLIMIT_CPU, resource.RLIMIT_NOFILE, resource.RLIMIT_AS, resource.RLIMIT_NPROC):
    probe.refused(f"limit {kind}", lambda k=kind: resource.prlimit(1, k, (1, 1)))
probe.refused("priority", lambda: os.setpriority(os.PRIO_PROCESS, 1, 19))
probe.refused("cores", lambda: os.sched_setaffinity(1, os.sched_getaffinity(0)))
probe.refused("scheduler", lambda: os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0)))


def victim():
    with open("/proc/1/oom_score_adj", "w") as file:
        file.write("1000")


probe.refused("victim", victim)
probe.end()
