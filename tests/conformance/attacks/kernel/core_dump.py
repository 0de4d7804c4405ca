"""Crashes with its memory full.

Tries: to leave a core dump on the host, or to have the host run a program on it.
Covers: core-dumps
Road: step
Outputs: core=1000000000
Must: RTE
Never: core-dumped-here
"""

import os
import resource
import signal

try:
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
except (OSError, ValueError):
    pass
word = ("core-" + "dumped-here") * 1000
os.kill(os.getpid(), signal.SIGSEGV)
