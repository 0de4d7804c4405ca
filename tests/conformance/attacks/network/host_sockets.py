"""Connects to sockets of the host that have no address on a network.

Tries: to reach the Docker engine, the system bus and sockets of our own, by path or abstract name.
Covers: docker-socket abstract-sockets
Road: step
Must: AC
"""

import socket

from probe import TOLD, Probe

probe = Probe()
own = socket.socket(socket.AF_UNIX)
own.bind("\0own")
own.listen()
probe.works("its own abstract socket", lambda: socket.socket(socket.AF_UNIX).connect("\0own"))


def greet(path):
    with socket.socket(socket.AF_UNIX) as out:
        out.settimeout(1)
        out.connect(path)
        return out.recv(100)


for path in (
    "\0" + TOLD["abstract"], TOLD["unix"], "/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock",
    "/run/podman/podman.sock", "/run/dbus/system_bus_socket", "/run/systemd/private", "/proc/1/root/var/run/docker.sock",
    "/tmp/.X11-unix/X0", "\0/tmp/.X11-unix/X0", "\0/containerd-shim", "/var/run/crio/crio.sock",
):  # fmt: skip
    probe.refused(path, lambda p=path: greet(p))
probe.end()
