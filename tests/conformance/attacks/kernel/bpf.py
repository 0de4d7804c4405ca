"""Loads BPF programs.

Tries: to run programs in the kernel, or to read its memory through maps.
Covers: bpf
Road: step
Unless: no-seccomp: RTE
Must: AC
"""

import ctypes
import socket

from probe import Probe, call

probe = Probe()
probe.works("a call", lambda: call("getpid") > 0)
settings = (ctypes.c_uint32 * 32)(1, 4, 4, 1)
for command in (0, 5, 8, 11, 13, 18):
    probe.forbidden("bpf", command, ctypes.byref(settings), 128)
a, _ = socket.socketpair()
probe.refused("attach by descriptor", lambda: a.setsockopt(socket.SOL_SOCKET, 50, 1))
probe.end()
