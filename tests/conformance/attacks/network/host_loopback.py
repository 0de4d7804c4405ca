"""Connects to services on the host's loopback.

Tries: to reach the queue, the database or the portal, which trust whoever comes from the same machine.
Covers: network-families
Road: step
Must: AC
"""

import socket

from probe import TOLD, Probe

probe = Probe()


def greet(address, family=socket.AF_INET):
    with socket.socket(family) as out:
        out.settimeout(1)
        out.connect(address)
        return out.recv(100)


with socket.socket(socket.AF_INET) as listener:
    listener.bind(("127.0.0.1", 0))
    probe.works("its own port", lambda: listener.getsockname()[1] > 0)
for host in ("127.0.0.1", "0.0.0.0", "localhost", "127.1.2.3"):
    probe.refused(host, lambda h=host: greet((h, TOLD["tcp_port"])))
probe.refused("::1", lambda: greet(("::1", TOLD["tcp_port"]), socket.AF_INET6))
for port in (22, 80, 2375, 5432, 6379, 8000):
    probe.refused(f"port {port}", lambda p=port: greet(("127.0.0.1", p)))
probe.end()
