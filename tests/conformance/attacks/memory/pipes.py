"""Fills pipes and sockets that nobody reads.

Tries: to take the kernel's own memory, which is in no process.
Covers: memory-mmap
Road: step
Must: AC or MLE
"""

import fcntl
import os
import socket

from probe import Probe

probe = Probe()
probe.works("one pipe", lambda: os.pipe())
n_bytes, held = 0, []
try:
    while True:
        reader, writer = os.pipe()
        held += [reader, writer]
        try:
            fcntl.fcntl(writer, 1031, 1 << 20)
        except OSError:
            pass
        os.set_blocking(writer, False)
        try:
            while True:
                n_bytes += os.write(writer, b"x" * 65536)
        except BlockingIOError:
            pass
        held += socket.socketpair()
except OSError:
    pass
probe.unseen("bytes of the kernel", n_bytes if n_bytes > 64 << 20 else 0)
probe.end()
