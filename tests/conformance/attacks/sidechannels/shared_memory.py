"""Leaves shared memory, semaphores and message queues.

Tries: to hand data to a later sandbox through objects that outlive the process that made them.
Covers: timing-shm memory-shm
Road: step
Runs: twice
Must: AC
"""

import os

from probe import Probe

probe = Probe()
probe.works("a file in memory", lambda: open("/dev/shm/own", "w").write("x"))
for folder in ("/dev/shm", "/dev/mqueue"):
    if os.path.isdir(folder):
        probe.unseen(folder, [name for name in os.listdir(folder) if name != "own"])
probe.leave_kernel_objects()
probe.end()
