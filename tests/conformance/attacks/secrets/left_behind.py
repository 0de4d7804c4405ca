"""Leaves a mark wherever it can, and looks for marks in a later sandbox.

Tries: to hand something on to the next run: a message to an accomplice, or what it learnt of its input.
Covers: other-submissions search-filesystem
Road: step
Runs: twice
Limits: wall_time_s=30 cpu_time_s=30
Must: AC
"""

import os

from probe import TURN, Probe, read

probe = Probe()
places = set()
for line in open("/proc/self/mounts"):
    places.add(line.split()[1])
for top, folders, _ in os.walk("/"):
    folders[:] = [f for f in folders if os.path.join(top, f) not in ("/proc", "/sys")]
    if os.access(top, os.W_OK):
        places.add(top)
n = 0
for place in sorted(places):
    path = os.path.join(place, ".handed-on")
    probe.unseen(path, read(path))
    try:
        with open(path, "w") as file:
            file.write(f"from {TURN}")
        n += 1
    except OSError:
        continue
probe.works("marks", lambda: n >= 3)
probe.end()
