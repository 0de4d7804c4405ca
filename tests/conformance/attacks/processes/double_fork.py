"""Leaves a daemon behind and ends well.

Tries: to go on computing after its own end, as a daemon that was forked twice.
Covers: double-fork setsid leave-processes
Road: step
Must: AC
"""

import os
import time

from probe import Probe

probe = Probe()


def daemonize():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 64)
            while True:
                time.sleep(0.01)
        os._exit(0)


probe.works("a daemon", daemonize)
time.sleep(0.1)
others = [int(p) for p in os.listdir("/proc") if p.isdigit() and int(p) not in (1, os.getpid())]
probe.works("the daemon lives", lambda: len(others) >= 1)
probe.refused("be the parent of a daemon", lambda: os.waitpid(max(others), os.WNOHANG))
probe.end()
