"""Reads the kernel's log and addresses.

Tries: to learn of the host from its log, and of the kernel's layout for a later attack.
Covers: search-proc kernel-modules
Road: step
Must: AC
"""

from probe import Probe, read

probe = Probe()
probe.works("the kernel's version", lambda: read("/proc/version") != b"")
probe.forbidden("syslog", 3, 0, 0)
probe.refused("kmsg", lambda: open("/dev/kmsg", "rb").read(10))
probe.refused("proc kmsg", lambda: open("/proc/kmsg", "rb").read(10))
symbols = read("/proc/kallsyms", 4096)
probe.unseen("addresses", symbols[:16].strip(b"0"))
probe.end()
