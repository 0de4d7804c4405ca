"""Leaves shared memory, semaphores and message queues.

Tries: to hand data to a later sandbox through objects that outlive the process that made them.
Covers: timing-shm memory-shm
Road: step
Runs: twice
Must: AC
"""

import os

from probe import Probe, call, read

probe = Probe()
probe.works("a file in memory", lambda: open("/dev/shm/own", "w").write("x"))
for kind in ("shm", "sem", "msg"):
    lines = read(f"/proc/sysvipc/{kind}").splitlines()[1:]
    probe.unseen(f"left: {kind}", lines)
for folder in ("/dev/shm", "/dev/mqueue"):
    if os.path.isdir(folder):
        probe.unseen(folder, [name for name in os.listdir(folder) if name != "own"])
for name, args in (
    ("shmget", (0x1234, 4096, 0o1666)),
    ("semget", (0x1234, 1, 0o1666)),
    ("msgget", (0x1234, 0o1666)),
):
    try:
        call(name, *args)
    except OSError:
        continue
    # What was made can be seen, so that nothing seen above means that nothing was left.
    probe.works(name, lambda kind=name[:3]: len(read(f"/proc/sysvipc/{kind}").splitlines()) == 2)
probe.end()
