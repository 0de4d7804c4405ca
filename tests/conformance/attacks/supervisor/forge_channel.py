"""Looks for the supervisor's connection to the host.

Tries: to connect to the control socket, to a channel that this step does not have, to abstract sockets.
Covers: forge-channel abstract-sockets
Road: step
Must: AC
"""

import os
import socket

from probe import Probe

probe = Probe()
listener = socket.socket(socket.AF_UNIX)
listener.bind("/tmp/own")
listener.listen()
probe.works("an own socket", lambda: socket.socket(socket.AF_UNIX).connect("/tmp/own"))
names = {"ctl.sock", "chan.sock", *os.listdir("/job/slot")}
probe.unseen("files of the slot", names - {"ctl.sock", "chan.sock", "stdin"})
for path in ["/job/chan", *(f"/job/slot/{name}" for name in sorted(names))]:
    for kind in (socket.SOCK_STREAM, socket.SOCK_SEQPACKET, socket.SOCK_DGRAM):
        probe.refused(path, lambda p=path, k=kind: socket.socket(socket.AF_UNIX, k).connect(p))
    probe.refused(f"listen at {path}", lambda p=path: socket.socket(socket.AF_UNIX).bind(p))
with open("/proc/net/unix", "rb") as file:
    listed = [line.split()[-1] for line in file.readlines()[1:] if line.split()[-1].startswith((b"/", b"@"))]
probe.works("the list of sockets", lambda: b"/tmp/own" in listed)
for path in listed:
    if path != b"/tmp/own":
        probe.refused(path, lambda p=path.replace(b"@", b"\0"): socket.socket(socket.AF_UNIX).connect(p))
probe.end()
