"""Talks to the kernel about networks, audit and events.

Tries: to bring up interfaces, add routes or addresses, or listen to the kernel's events.
Covers: network-families
Road: step
Must: AC
"""

import os
import socket
import struct

from probe import Probe

probe = Probe()
interfaces = [name for _, name in socket.if_nameindex()]
probe.works("the list of interfaces", lambda: "lo" in interfaces)
idle = ("lo", "tunl", "sit", "ip6", "gre", "erspan", "ip_vti")
probe.unseen("interfaces", [name for name in interfaces if not name.startswith(idle)])


def ask(kind, body):
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as link:
        link.settimeout(1)
        link.bind((0, 0))
        link.send(struct.pack("=IHHII", 16 + len(body), kind, 5, 1, os.getpid()) + body)
        answer = link.recv(4096)
    code = struct.unpack_from("=i", answer, 16)[0] if struct.unpack_from("=H", answer, 4)[0] == 2 else 0
    if code < 0:
        raise OSError(-code, "netlink")
    return kind


probe.refused(
    "new link",
    lambda: ask(16, struct.pack("=BxHiII", 0, 0, 0, 1, 1) + struct.pack("=HH", 9, 3) + b"dumm0\0\0\0"),
)
probe.refused("lo up", lambda: ask(16, struct.pack("=BxHiII", 0, 0, 1, 1, 1)))
probe.refused(
    "new address",
    lambda: ask(20, struct.pack("=BBBBI", 2, 24, 0, 0, 1) + struct.pack("=HH4s", 8, 2, bytes([10, 9, 8, 7]))),
)
probe.refused("new route", lambda: ask(24, struct.pack("=BBBBBBBBI", 2, 0, 0, 0, 254, 3, 0, 1, 0)))
for protocol in (9, 15):  # audit, events of devices
    probe.refused(
        f"multicast {protocol}",
        lambda p=protocol: (
            socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, p).bind((0, 0xFF)) if p == 9 else 1 / 0
        ),
        ZeroDivisionError,
    )
probe.end()
