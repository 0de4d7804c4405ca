"""Makes namespaces of its own.

Tries: to become root in a new user namespace, from where much more of the kernel can be reached.
Covers: user-namespaces
Road: step
Unless: no-seccomp: RTE
Must: AC
"""

import errno
import os

from probe import Probe, call

probe = Probe()
probe.works("a child", lambda: os.waitpid(os.fork() or os._exit(0), 0)[1] == 0)
kinds = dict(
    user=0x10000000,
    mount=0x20000,
    pid=0x20000000,
    net=0x40000000,
    ipc=0x8000000,
    uts=0x4000000,
    cgroup=0x2000000,
    time=0x80,
)
for name, flag in kinds.items():
    probe.forbidden("unshare", flag)
    if name != "time":  # these bits are the exit signal of the old clone

        def clone(flag=flag):
            pid = call("clone", flag | 17, 0, 0, 0, 0)
            if pid == 0:
                os._exit(0)
            return pid

        probe.refused(f"clone {name}", clone)
probe.forbidden("unshare", kinds["user"] | kinds["mount"])
for name in ("user", "mnt", "pid", "net"):
    descriptor = os.open(f"/proc/self/ns/{name}", os.O_RDONLY)
    probe.forbidden("setns", descriptor, 0)
try:
    call("clone3", 0, 0)
except OSError as error:
    # libc must be told that it does not exist, else it would not fall back to the call that is filtered
    probe.unseen("clone3", error.errno != errno.ENOSYS)
probe.end()
