"""Asks for names.

Tries: to send data in questions for names, which often pass where nothing else does.
Covers: dns
Road: step
Must: AC
"""

import socket

from probe import Probe

probe = Probe()
probe.works("a number", lambda: socket.getaddrinfo("127.0.0.1", 80) != [])
for name in (
    "example.com",
    "secret.attacker.example",
    "host.docker.internal",
    "gateway.docker.internal",
    "metadata.google.internal",
):
    probe.refused(name, lambda n=name: socket.getaddrinfo(n, 443))
probe.end()
