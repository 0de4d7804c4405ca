"""Watches which files others open.

Tries: to learn from the kernel's notices when a scorer or another contestant opens a file that both can see.
Covers: other-submissions timing-locks
Road: step
Runs: beside
Must: AC
"""

import ctypes
import os
import select
import socket
import time

from probe import TURN, Probe, libc

probe = Probe()
paths = [
    p
    for p in (
        "/usr/bin/env",
        os.__file__,
        "/job/sup/inside/supervisor.py",
        "/usr/bin",
        os.path.dirname(os.__file__),
    )
    if os.path.exists(p)
]
if TURN == 1:
    door = socket.socket(socket.AF_UNIX)
    door.connect("/job/chan")
    door.sendall(b"\0\0\0\2up")
    while True:
        for path in paths:
            if os.path.isfile(path):
                open(path, "rb").close()
        time.sleep(0.02)
watch = libc.inotify_init1(os.O_NONBLOCK)
if watch < 0:
    probe.works("the system refuses to watch", lambda: True)
    probe.refused("watch", lambda: os.read(watch, 1))
    probe.end()
libc.inotify_add_watch(watch, b"/tmp", 0x20)
open("/tmp/own", "w").close()
probe.works("its own opening is seen", lambda: len(os.read(watch, 4096)) > 0)
for path in paths:
    libc.inotify_add_watch(watch, ctypes.c_char_p(path.encode()), 0x20)
time.sleep(0.2)
seen = select.select([watch], [], [], 0.3)[0] and os.read(watch, 4096)
probe.unseen("openings by the other", bool(seen))
probe.end()
