"""Loads kernel modules and a new kernel.

Tries: to bring code into the kernel, or to replace it.
Covers: kernel-modules
Road: step
Unless: no-seccomp: RTE
Must: AC
"""

import ctypes
import socket

from probe import Probe, call

probe = Probe()
probe.works("a call", lambda: call("getpid") > 0)
text = ctypes.c_char_p
probe.forbidden("init_module", text(b"\x7fELF"), 4, text(b""))
probe.forbidden("finit_module", 0, text(b""), 0)
probe.forbidden("delete_module", text(b"loop"), 0)
probe.forbidden("kexec_load", 0, 0, 0, 0)
for path in ("/proc/sys/kernel/modprobe", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hotplug"):
    probe.refused(path, lambda p=path: open(p, "w").write("/tmp/x"))
probe.refused("load by family", lambda: socket.socket(28, socket.SOCK_DGRAM))
probe.end()
