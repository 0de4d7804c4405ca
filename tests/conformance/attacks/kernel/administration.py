"""Reboots, swaps, renames, accounts, takes quotas.

Tries: to administer the host.
Covers: clock kernel-modules mounts
Road: step
Unless: no-seccomp: RTE
Must: AC
"""

import ctypes

from probe import Probe, call

probe = Probe()
probe.works("a call", lambda: call("getpid") > 0)
text = ctypes.c_char_p
probe.forbidden("reboot", 0xFEE1DEAD, 672274793, 0, 0)
probe.forbidden("swapon", text(b"/tmp/x"), 0)
probe.forbidden("sethostname", text(b"owned"), 5)
probe.forbidden("acct", text(b"/tmp/x"))
probe.forbidden("quotactl", 0, 0, 0, 0)
probe.forbidden("fanotify_init", 0, 0)
for path, value in (
    ("/proc/sys/kernel/hostname", "owned"), ("/proc/sysrq-trigger", "h"), ("/proc/sys/vm/drop_caches", "3"),
    ("/proc/sys/vm/overcommit_memory", "1"), ("/proc/sys/fs/suid_dumpable", "2"), ("/proc/sys/kernel/randomize_va_space", "0"),
    ("/sys/power/state", "mem"), ("/proc/irq/0/smp_affinity", "1"), ("/proc/sys/net/ipv4/ip_forward", "1"), ("/proc/mtrr", "x"),
):  # fmt: skip
    probe.refused(path, lambda p=path, v=value: open(p, "w").write(v))
probe.end()
