"""What the supervisor does to itself before it is shown any work.

Bubblewrap and Docker build the walls (namespaces, mounts, cgroups). Left to PID 1 are: in the local
provider, sized tmpfs mounts with an inode limit (bubblewrap has no option for it) and the drop to an
unprivileged user with no capabilities and a system-call filter; everywhere, becoming undumpable, so
that a job with the same uid can neither trace it nor open its descriptors or memory through /proc.
"""

import ctypes
import os
import signal
from typing import Any

CLONE_NEWNS = 0x00020000
MS_NOSUID, MS_NODEV, MS_REC, MS_PRIVATE = 0x2, 0x4, 0x4000, 0x40000
PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 4, 22, 38, 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
SECCOMP_MODE_FILTER = 2
CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


class _Filter(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def _check(status: int, what: str) -> None:
    if status != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def set_dumpable(is_dumpable: bool) -> None:
    """Allow or refuse tracing of this process and access to its /proc entries by the same uid."""
    _check(_libc.prctl(PR_SET_DUMPABLE, int(is_dumpable), 0, 0, 0), "prctl dumpable")


def mount_scratch(mounts: list[dict[str, Any]]) -> None:
    """Mount sized tmpfs folders in a mount namespace of our own.

    Args:
        mounts: each has `path`, `size` (bytes) and `inodes`.
    """
    if not mounts:
        return
    _check(_libc.unshare(CLONE_NEWNS), "unshare mounts")
    _check(_libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None), "private mounts")
    for mount in mounts:
        options = f"size={mount['size']},nr_inodes={mount['inodes']},mode=1777"
        flags = MS_NOSUID | MS_NODEV
        path = str(mount["path"]).encode()
        _check(_libc.mount(b"tmpfs", path, b"tmpfs", flags, options.encode()), f"mount {mount['path']}")


def drop_privileges(uid: int | None) -> None:
    """Become `uid` if given (needs to be root now), and give up every capability for good."""
    _check(_libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    _check(_libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "clear ambient capabilities")
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    _check(_libc.capset(header, nothing), "capset")


def install_filter(program: bytes) -> None:
    """Install a classic BPF system-call filter on this process and all it will fork."""
    buffer = ctypes.create_string_buffer(program, len(program))
    wanted = _Filter(len(program) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    _check(_libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(wanted), 0, 0), "seccomp")


def lock_down(setup: dict[str, Any]) -> None:
    """Apply everything the host asked for, in the only order that works.

    Args:
        setup: the first message: `mounts`, `uid` (or null), `filter` (hex or empty), and
            `is_engine_confined` when an engine has already dropped user and capabilities.
    """
    # PID 1 gets only the signals it handles: with no handlers a job's signals are all discarded.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    if not setup["is_engine_confined"]:
        mount_scratch(setup["mounts"])
        drop_privileges(setup["uid"])
    if setup["filter"]:
        install_filter(bytes.fromhex(setup["filter"]))
    set_dumpable(False)
