"""An output that is a device.

Tries: to make device files: an endless one for the judge to read, a disk for itself.
Covers: output-device devices
Road: step
Must: AC
"""

import os
import stat

from probe import Probe

probe = Probe()
probe.works("a plain node", lambda: os.mknod("own"))
for kind, numbers in (
    (stat.S_IFCHR, ((1, 1), (1, 5), (1, 9), (5, 1), (10, 200))),
    (stat.S_IFBLK, ((7, 0), (8, 0), (254, 0))),
):
    for major, minor in numbers:
        probe.refused(
            f"device {major}:{minor}",
            lambda k=kind, a=major, b=minor: os.mknod("out", k | 0o666, os.makedev(a, b)),
        )
probe.end()
