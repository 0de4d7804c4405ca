"""Leaves daemons for the next case.

Tries: to watch the next case from a process that was left over.
Covers: leave-processes double-fork setsid
Road: cases
Runs: twice
Must: AC
"""

import os
import signal
import time

from probe import Probe

probe = Probe()
probe.unseen(
    "processes of others", [p for p in os.listdir("/proc") if p.isdigit() and int(p) not in (1, os.getpid())]
)


def leave():
    if os.fork() == 0:
        os.setsid()
        for number in range(1, 32):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                continue
        if os.fork() == 0:
            while True:
                time.sleep(0.01)
                try:
                    with open("/tmp/seen", "ab") as file:
                        file.write(b"watching")
                except OSError:
                    continue
        os._exit(0)


probe.works("a daemon", leave)
time.sleep(0.05)
probe.end()
