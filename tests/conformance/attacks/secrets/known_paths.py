"""Opens secrets on the host by their exact paths.

Tries: to reach files whose place it knows, straight and by every detour.
Covers: search-filesystem docker-socket
Road: step
Must: AC
"""

import os

from probe import TOLD, Probe, read

probe = Probe()
with open("/tmp/own", "w") as file:
    file.write("x")
detours = (
    "",
    "/proc/self/root",
    "/proc/1/root",
    "/proc/self/cwd/../..",
    "/job/in/../..",
    "/job/slot/../..",
    "/dev/fd/../..",
)
probe.works("a detour", lambda: read("/proc/self/root/tmp/own") == b"x")
for path in TOLD["files"]:
    for detour in detours:
        probe.refused(path, lambda p=detour + path: open(p).read())
for path in (
    "/etc/shadow",
    "/root/.ssh",
    "/root/.bash_history",
    "/var/run/docker.sock",
    "/run/secrets",
    "/home",
):
    probe.refused(path, lambda p=path: os.listdir(p) or open(p).read() or 1 / 0, ZeroDivisionError)
probe.end()
