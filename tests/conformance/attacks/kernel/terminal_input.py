"""Pushes input into a terminal that it shares.

Tries: to type commands into the terminal of whoever started the judge.
Covers: devices terminal-escapes
Road: step
Must: AC
"""

import fcntl
import os

from probe import Probe

probe = Probe()
probe.works("its streams", lambda: all(os.fstat(n) for n in range(3)))
for n in range(3):
    for request in (0x5412, 0x541C):  # TIOCSTI, TIOCLINUX
        probe.refused("type", lambda n=n, r=request: fcntl.ioctl(n, r, b"x"))
probe.refused("open the terminal", lambda: os.open("/dev/tty", os.O_RDWR))
probe.end()
