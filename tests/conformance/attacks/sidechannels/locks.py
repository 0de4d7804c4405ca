"""Leaves locks on files that all sandboxes share.

Tries: to hand bits to a later sandbox by locks on programs, libraries and our own files.
Covers: timing-locks
Road: step
Runs: twice
Must: AC
"""

import fcntl
import os
import sys

from probe import Probe

probe = Probe()
own = open("/tmp/own", "w")
probe.works("a lock of its own", lambda: fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB) is None)
os.set_inheritable(own.fileno(), True)
held = []
for path in (
    "/usr/bin/env",
    "/etc/passwd",
    os.__file__,
    sys.executable,
    "/job/sup/inside/supervisor.py",
    "/job/in",
    "/job/slot",
    "/dev/null",
):
    if not os.path.exists(path):
        continue
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        probe.unseen("a lock of the run before", path)
    except OSError:
        pass
    held.append(descriptor)
probe.unseen(
    "locks of others",
    [line for line in open("/proc/locks") if str(os.getpid()) not in line.split() and "->" in line],
)
if os.fork() == 0:  # hold them beyond the end
    os.setsid()
    os.pause() if hasattr(os, "pause") else __import__("signal").pause()
probe.end()
