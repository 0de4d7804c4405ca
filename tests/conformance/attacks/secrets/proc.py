"""Reads all of /proc and /sys that it can.

Tries: to learn of other processes, of the host's keys, mounts, sockets and memory.
Covers: search-proc
Road: step
Limits: wall_time_s=20 cpu_time_s=20
Must: AC
"""

import os

from probe import TOLD, Probe, read

probe = Probe()
probe.works("the list of processes", lambda: "1" in os.listdir("/proc"))
pids = sorted(int(p) for p in os.listdir("/proc") if p.isdigit())
probe.unseen("other processes", [p for p in pids if p not in (1, os.getpid())])
probe.unseen(
    "a process of the host", os.path.exists(f"/proc/{TOLD['pid']}") and TOLD["pid"] not in (1, os.getpid())
)
for name in (
    "kcore",
    "kmsg",
    "keys",
    "timer_list",
    "sched_debug",
    "vmallocinfo",
    "slabinfo",
    "latency_stats",
):
    probe.unseen(name, read(f"/proc/{name}", 4096).strip())
mounts = read("/proc/self/mountinfo").decode()
probe.unseen("paths of the host", [line for line in mounts.splitlines() if TOLD["prefix"] in line])
for top, folders, files in os.walk("/proc/self"):
    folders[:] = [f for f in folders if f not in ("task", "root", "cwd", "fd", "map_files", "net")]
    for name in files:
        if name not in ("mem", "pagemap", "environ", "clear_refs", "smaps", "kpagecgroup"):
            probe.hunt(name, read(os.path.join(top, name), 65536))
probe.end()
