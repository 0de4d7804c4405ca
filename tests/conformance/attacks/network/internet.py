"""Connects to the outside.

Tries: to send what it learnt to the internet, by both versions of the protocol.
Covers: network-families
Road: step
Must: AC
"""

import socket

from probe import Probe

probe = Probe()
a, b = socket.socketpair()
probe.works("a pair of sockets", lambda: a.send(b"x") == 1 and b.recv(1) == b"x")
for family, kind, address in (
    (socket.AF_INET, socket.SOCK_STREAM, ("1.1.1.1", 443)),
    (socket.AF_INET, socket.SOCK_DGRAM, ("8.8.8.8", 53)),
    (socket.AF_INET, socket.SOCK_STREAM, ("10.0.0.1", 80)),
    (socket.AF_INET, socket.SOCK_STREAM, ("172.17.0.1", 2375)),
    (socket.AF_INET, socket.SOCK_STREAM, ("192.168.0.1", 80)),
    (socket.AF_INET6, socket.SOCK_STREAM, ("2606:4700:4700::1111", 443)),
    (socket.AF_INET6, socket.SOCK_DGRAM, ("2001:4860:4860::8888", 53)),
    (socket.AF_INET6, socket.SOCK_DGRAM, ("ff02::1", 5353)),
    (socket.AF_INET, socket.SOCK_DGRAM, ("224.0.0.251", 5353)),
    (socket.AF_INET, socket.SOCK_DGRAM, ("255.255.255.255", 67)),
):

    def send(family=family, kind=kind, address=address):
        with socket.socket(family, kind) as out:
            out.settimeout(1)
            out.connect(address)
            return out.send(b"secret")

    probe.refused(str(address), send)
probe.end()
