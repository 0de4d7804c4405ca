"""Uses devices.

Tries: to open disks, memory, virtual machines, terminals, sound and whatever else stands in /dev.
Covers: devices
Road: step
Must: AC
"""

import os
import stat

from probe import Probe

probe = Probe()
probe.works("the null device", lambda: open("/dev/null", "wb").write(b"x") == 1)
harmless = {
    "null",
    "zero",
    "full",
    "random",
    "urandom",
    "tty",
    "ptmx",
    "console",
    "fd",
    "stdin",
    "stdout",
    "stderr",
    "core",
}
for top, folders, files in os.walk("/dev"):
    folders[:] = [f for f in folders if f not in ("shm", "fd")]
    for name in files:
        path = os.path.join(top, name)
        mode = os.lstat(path).st_mode
        if (stat.S_ISBLK(mode) or stat.S_ISCHR(mode)) and name not in harmless:
            probe.unseen(path, True)
for name in (
    "mem",
    "kmem",
    "port",
    "kvm",
    "fuse",
    "net/tun",
    "vhost-net",
    "sda",
    "vda",
    "nvme0",
    "loop-control",
    "mapper/control",
    "snd/seq",
    "input/event0",
    "dri/card0",
    "nvidia0",
    "nvidiactl",
    "rtc0",
    "watchdog",
    "tty0",
    "vsock",
    "cpu/0/msr",
    "userfaultfd",
    "btrfs-control",
):
    probe.refused(name, lambda n=name: open(f"/dev/{n}", "r+b"))
probe.refused("the terminal", lambda: open("/dev/tty", "r+b"))
probe.refused("the console", lambda: open("/dev/console", "wb").write(b"x"))
probe.end()
