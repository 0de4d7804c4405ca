"""Traces and reads other processes.

Tries: to attach to the supervisor, to its own children, to take descriptors and memory of others.
Covers: ptrace kill-supervisor search-memory
Road: step
Unless: no-seccomp: RTE
Must: AC
"""

import ctypes
import os
import time

from probe import Probe, call

probe = Probe()
child = os.fork()
if child == 0:
    time.sleep(30)
    os._exit(0)
probe.works("a child lives", lambda: os.path.exists(f"/proc/{child}"))
buffer = ctypes.create_string_buffer(64)
vector = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 8)
for pid in (1, child):
    for request in (16, 0x4206):  # attach, seize
        probe.forbidden("ptrace", request, pid, 0, 0)
    probe.forbidden("process_vm_readv", pid, ctypes.byref(vector), 1, ctypes.byref(vector), 1, 0)
    probe.forbidden("process_vm_writev", pid, ctypes.byref(vector), 1, ctypes.byref(vector), 1, 0)
    probe.forbidden("kcmp", pid, os.getpid(), 0, 0, 0)
    probe.forbidden("pidfd_getfd", call("pidfd_open", pid, 0), 0, 0)
probe.forbidden("ptrace", 0, 0, 0, 0)
probe.end()
