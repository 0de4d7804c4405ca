"""Becomes another user.

Tries: to become root or a neighbour, by calls, by programs with the setuid bit, by capabilities in files.
Covers: setuid
Road: step
Must: AC
"""

import os
import stat
import subprocess

from probe import Probe, read

probe = Probe()
own = os.getuid()
status = dict(line.split(b":\t", 1) for line in read("/proc/self/status").splitlines() if b":\t" in line)
probe.works("its status", lambda: b"CapEff" in status)
probe.unseen("root", own == 0 or os.geteuid() == 0 or os.getgid() == 0)
for name in (b"CapInh", b"CapPrm", b"CapEff", b"CapAmb"):
    probe.unseen(f"capabilities {name}", int(status[name], 16))
probe.unseen("new privileges", status[b"NoNewPrivs"].strip() != b"1")
probe.unseen("groups", [g for g in os.getgroups() if g not in (os.getgid(), 65534)])
for act in (
    lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0]), lambda: os.setresuid(0, 0, 0), lambda: os.setuid(own - 1),
    lambda: os.setuid(own + 1), lambda: os.chown("/tmp", 0, 0), lambda: os.setfsuid(0) if hasattr(os, "setfsuid") else os.setuid(0),
):  # fmt: skip
    probe.refused("another user", act)
for folder in ("/bin", "/usr/bin", "/usr/sbin", "/usr/lib"):
    for entry in os.scandir(folder):
        if entry.is_file(follow_symlinks=False) and entry.stat().st_mode & (stat.S_ISUID | stat.S_ISGID):
            if entry.name in ("su", "sudo"):
                said = subprocess.run(
                    [entry.path, "-c", "id -u"], capture_output=True, stdin=subprocess.DEVNULL, timeout=5
                )
                probe.unseen(entry.path, said.stdout.strip() == b"0")
with open("/tmp/shell", "wb") as file:
    file.write(read("/bin/sh"))
os.chmod("/tmp/shell", 0o6755)
said = subprocess.run(["/tmp/shell", "-c", "id -u"], capture_output=True)
probe.unseen("its own setuid copy", said.stdout.strip() == b"0")
probe.end()
