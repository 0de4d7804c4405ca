"""Looks for the inputs and outputs of other cases.

Tries: to read what the cases before it were given or said.
Covers: other-cases search-filesystem
Road: cases
Runs: twice
Must: AC
"""

import os

from probe import Probe, read

probe = Probe()
probe.works("its own input", lambda: b"other cases" in read("/job/in/attack.py"))
probe.unseen("inputs of others", set(os.listdir("/job/in")) - {"attack.py", "probe.py", "__pycache__"})
probe.hunt("bias", read("/job/in/bias.txt"))
for top in ("/job", "/tmp", "/dev/shm", "/proc/self/fd", "/proc/1/fd"):
    for folder, _, files in os.walk(top):
        for name in files:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and os.path.getsize(path) < 1 << 20:
                probe.hunt(path, read(path))
probe.unseen("the other's stdin", os.path.exists("/job/slot/stdin") and read("/job/slot/stdin"))
probe.hunt("environment", read("/proc/self/environ"))
probe.end()
