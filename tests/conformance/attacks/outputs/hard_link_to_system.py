"""Hard links to files that it may only read.

Tries: to give a file of the system, of ours or of its input a second name in its own folder.
Covers: output-hardlink
Road: step
Must: AC
"""

import os

from probe import Probe

probe = Probe()
open("own", "w").close()
probe.works("a link to its own", lambda: os.link("own", "again"))
for n, path in enumerate(
    ("/etc/passwd", "/usr/bin/env", "/job/in/attack.py", "/proc/self/environ", "/dev/null")
):
    probe.refused(path, lambda p=path, n=n: os.link(p, f"stolen-{n}"))
probe.end()
