"""Shares memory with another sandbox at the same time.

Tries: to meet an accomplice in a segment, queue, socket or file under an agreed name.
Covers: timing-shm abstract-sockets other-submissions
Road: step
Runs: beside
Must: AC
"""

import os
import socket
import time

from probe import TURN, Probe, call

probe = Probe()
meeting = socket.socket(socket.AF_UNIX)
if TURN == 1:
    meeting.bind("\0meeting")
    meeting.listen()
    for name, args in (
        ("shmget", (0x4321, 4096, 0o1666)),
        ("semget", (0x4321, 1, 0o1666)),
        ("msgget", (0x4321, 0o1666)),
    ):
        try:
            call(name, *args)
        except OSError:
            continue
    for folder in ("/tmp", "/dev/shm"):
        with open(folder + "/meeting", "w") as file:
            file.write("here")
    door = socket.socket(socket.AF_UNIX)
    door.connect("/job/chan")
    door.sendall(b"\0\0\0\2up")
    time.sleep(60)
probe.works("a file in memory", lambda: open("/dev/shm/own", "w").write("x"))
probe.refused("the socket", lambda: meeting.connect("\0meeting"))
for name, args in (("shmget", (0x4321, 4096, 0)), ("semget", (0x4321, 1, 0)), ("msgget", (0x4321, 0))):
    probe.refused(name, lambda n=name, a=args: call(n, *a))
for folder in ("/tmp", "/dev/shm"):
    probe.unseen(folder, os.path.exists(folder + "/meeting"))
probe.end()
