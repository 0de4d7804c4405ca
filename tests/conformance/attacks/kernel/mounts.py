"""Mounts file systems.

Tries: to mount, move, cover or unmount folders, by the old calls and the new.
Covers: mounts
Road: step
Unless: no-seccomp: RTE
Must: AC
"""

import ctypes

from probe import NO, Probe, call

probe = Probe()
probe.works("a call", lambda: call("getpid") > 0)
text = ctypes.c_char_p
for source, target, kind, flags in (
    (b"none", b"/tmp", b"tmpfs", 0), (b"proc", b"/tmp", b"proc", 0), (b"/", b"/tmp", b"", 4096), (b"none", b"/", b"", 32 | 4096),
    (b"cgroup", b"/tmp", b"cgroup", 0), (b"overlay", b"/tmp", b"overlay", 0), (b"/dev/loop0", b"/tmp", b"ext4", 0),
):  # fmt: skip
    probe.forbidden("mount", text(source), text(target), text(kind), flags, 0)
probe.forbidden("umount2", text(b"/proc"), 2)
probe.forbidden("pivot_root", text(b"/tmp"), text(b"/tmp"))
probe.forbidden("open_tree", -100, text(b"/"), 1)
probe.forbidden("move_mount", -100, text(b"/tmp"), -100, text(b"/proc"), 0)
probe.forbidden("fsopen", text(b"tmpfs"), 0)
probe.forbidden("mount_setattr", -100, text(b"/"), 0, 0, 32)
probe.forbidden("chroot", text(b"/tmp"))
probe.unseen("errors that mean no", NO - {1, 13, 38})
probe.end()
