"""Hoards process numbers with idle children.

Tries: to hold more processes at one time than were allowed.
Covers: pid-bomb
Road: step
Must: AC
"""

import os
import time

from probe import Probe

probe = Probe()


def hold():
    if os.fork() == 0:
        time.sleep(60)
        os._exit(0)


probe.works("one child", hold)
n = 1
try:
    while n < 400:
        hold()
        n += 1
except OSError:
    pass
probe.unseen("more processes than allowed", n if n > 24 else 0)
probe.end()
