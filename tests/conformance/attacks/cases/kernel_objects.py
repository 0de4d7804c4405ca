"""Leaves shared memory, semaphores, queues and sockets for the next case.

Tries: to hand answers to the next case through objects of the kernel, which outlive their maker.
Covers: other-cases timing-shm
Road: cases
Runs: twice
Must: AC
"""

import ctypes
import os
import socket

from probe import Probe, call

probe = Probe()
probe.works("a file in memory", lambda: open("/dev/shm/own", "w").write("x"))
if os.path.isdir("/dev/mqueue"):
    probe.unseen("left: queues", os.listdir("/dev/mqueue"))
probe.refused("left: socket", lambda: socket.socket(socket.AF_UNIX).connect("\0left"))
probe.leave_kernel_objects()
queue = ctypes.c_char_p(b"left")
probe.refused("left: queue", lambda: call("mq_open", queue, os.O_RDWR, 0, 0))
try:
    call("mq_open", queue, os.O_RDWR | os.O_CREAT, 0o666, 0)
    probe.works("its own queue", lambda: call("mq_open", queue, os.O_RDWR, 0, 0) > 2)
except OSError:
    pass
held = socket.socket(socket.AF_UNIX)
held.bind("\0left")
held.listen()
probe.end()
