"""Opens sockets of every family and kind.

Tries: to find a protocol that nobody thought of: raw, packet, vsock, Bluetooth, CAN, kernel crypto.
Covers: network-families
Road: step
Unless: no-seccomp: RTE
Must: AC
"""

import socket

from probe import Probe

probe = Probe()
probe.works("a local socket", lambda: socket.socket(socket.AF_UNIX) is not None)
allowed = {socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK}
for family in [*range(0, 48), 116]:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET, 4, 6, 10):
        if family in allowed and kind != socket.SOCK_RAW:
            continue
        if family in (socket.AF_UNIX, socket.AF_NETLINK):
            continue
        probe.refused(f"family {family} kind {kind}", lambda f=family, k=kind: socket.socket(f, k))
probe.end()
