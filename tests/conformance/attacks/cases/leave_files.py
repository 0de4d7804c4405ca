"""Leaves files for the next case, in ways that are hard to remove.

Tries: to hand answers to the next case: in hidden, locked, deep, oddly named and linked files.
Covers: other-cases deep-trees file-names
Road: cases
Runs: twice
Must: AC
"""

import os

from probe import Probe

probe = Probe()
n = 0
for place in ("/tmp", "/job/out", "/dev/shm"):
    probe.unseen(place, os.listdir(place))
    for name in (".hidden", "a\nb", "-rf", "\u202egpj", "x" * 255):
        with open(f"{place}/{name}", "w") as file:
            file.write("left")
        n += 1
    os.makedirs(f"{place}/locked/inner")
    open(f"{place}/locked/inner/file", "w").close()
    os.symlink("/usr", f"{place}/link")
    os.symlink("/job/in", f"{place}/locked/link")
    os.mkfifo(f"{place}/pipe")
    os.chmod(f"{place}/locked/inner", 0)
    os.chmod(f"{place}/locked", 0)
probe.works("files", lambda: n == 15)
probe.works("the system's programs are there", lambda: os.path.exists("/usr/bin/env"))
probe.end()
