"""What the supervisor does to itself before it is shown any work.

Bubblewrap and Docker build the walls (namespaces, mounts, cgroups). Left to PID 1 are: in the local
provider, sized tmpfs mounts with an inode limit (bubblewrap has no option for it) and a system-call
filter; everywhere, becoming an unprivileged user of its own with just enough capabilities to turn a
child into another user and to kill it, and becoming undumpable. The participant's user is a third
one, so the kernel refuses it to signal, trace, renice or look into the supervisor.

Where there is only one user to be had (an ordinary user's namespace maps a single id) both share it
and no capability is kept; being undumpable and PID 1 then is all that protects the supervisor, which
the local provider reports as the weakness `supervisor-shares-user`.
"""

import contextlib
import ctypes
import errno
import os
import signal
from collections.abc import Iterator
from typing import Any

CLONE_NEWNS = 0x00020000
MS_NOSUID, MS_NODEV, MS_REC, MS_PRIVATE = 0x2, 0x4, 0x4000, 0x40000
PR_SET_DUMPABLE, PR_SET_KEEPCAPS, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 4, 8, 22, 38
PR_CAPBSET_READ, PR_CAPBSET_DROP, PR_CAP_AMBIENT = 23, 24, 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
SECCOMP_MODE_FILTER = 2
CAPABILITY_VERSION_3 = 0x20080522
CAP_KILL, CAP_SETGID, CAP_SETUID = 5, 6, 7
KEPT = (CAP_KILL, CAP_SETGID, CAP_SETUID)

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


def _set_capabilities(kept: tuple[int, ...]) -> None:
    """Set permitted and effective to `kept`; nothing is ever inherited through an exec."""
    low = sum(1 << number for number in kept)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(low, low, 0, 0, 0, 0)
    _check(_libc.capset(header, sets), "capset")


def _empty_bounding_set() -> None:
    number = 0
    while (state := _libc.prctl(PR_CAPBSET_READ, number, 0, 0, 0)) >= 0:
        if state:
            _check(_libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0), f"drop capability {number}")
        number += 1


def drop_privileges(uid: int | None) -> None:
    """Become the supervisor's user, keeping only what it takes to start and end another user's work.

    Args:
        uid: the supervisor's (needs to be root now); None where no other user can be had, and every
            capability is given up.
    """
    _empty_bounding_set()
    _check(_libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    # A kernel that has no ambient capabilities at all (gVisor) does not know the request.
    failed = _libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    if failed and ctypes.get_errno() != errno.EINVAL:
        _check(failed, "clear ambient capabilities")
    if uid is not None:
        _check(_libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "keep capabilities")
        _become_user(uid)
        _check(_libc.prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0), "keep no capabilities")
    _set_capabilities(KEPT if uid is not None else ())


def _become_user(uid: int) -> None:
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def become_participant(uid: int | None) -> None:
    """Turn this forked process into the participant's for good: its user, no capability at all.

    Args:
        uid: the participant's; None where it shares the supervisor's.
    """
    if uid is not None:
        _become_user(uid)
        _set_capabilities(())
    set_dumpable(True)  # else its own /proc files would belong to root


@contextlib.contextmanager
def acting_as(uid: int | None) -> Iterator[None]:
    """Read and remove files as the participant; only while no process of the participant's lives.

    Its files may be 0600 in folders of mode 0. CAP_DAC_READ_SEARCH and CAP_FOWNER for PID 1 would open
    them as well, but also every other file of the sandbox at all times; the participant's own effective
    user opens exactly what is its own, for as long as it takes. Real and saved user stay the
    supervisor's, so that even then it could not be signalled.

    Args:
        uid: the participant's; None where it shares the supervisor's.
    """
    if uid is None:
        yield
        return
    own = os.geteuid()
    os.seteuid(uid)
    set_dumpable(False)  # changing users sets it to the host's default
    try:
        yield
    finally:
        os.seteuid(own)
        set_dumpable(False)


@contextlib.contextmanager
def looking_as(uid: int | None) -> Iterator[None]:
    """See the participant's /proc files while its processes live.

    Only the user for file access changes, and the kernel never asks for that one when somebody signals,
    traces or renices us. Where it cannot be changed (gVisor) those files stay closed.

    Args:
        uid: the participant's; None where it shares the supervisor's.
    """
    if uid is None:
        yield
        return
    own_uid, own_gid = _libc.setfsuid(uid), _libc.setfsgid(uid)
    try:
        yield
    finally:
        _libc.setfsgid(own_gid)
        _libc.setfsuid(own_uid)
        set_dumpable(False)


def install_filter(program: bytes) -> None:
    """Install a classic BPF system-call filter on this process and all it will fork."""
    buffer = ctypes.create_string_buffer(program, len(program))
    wanted = _Filter(len(program) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    _check(_libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(wanted), 0, 0), "seccomp")


@contextlib.contextmanager
def first_victim() -> Iterator[None]:
    """Make what is forked meanwhile the kernel's first choice when memory runs out, rather than us.

    A process may go back to where its privileged maker had put it, but no lower, so this costs the child
    nothing and us two writes.
    """
    _adjust_oom_score(b"1000")
    try:
        yield
    finally:
        _adjust_oom_score(_own_oom_score)


def _adjust_oom_score(score: bytes) -> None:
    os.pwrite(_oom_score, score, 0)


_oom_score = -1  # open since we could still open it: undumpable, our /proc files are root's
_own_oom_score = b"0"


def _open_oom_score() -> None:
    global _oom_score, _own_oom_score  # noqa: PLW0603 - one process, one score
    _oom_score = os.open("/proc/self/oom_score_adj", os.O_RDWR | os.O_CLOEXEC)
    _own_oom_score = os.read(_oom_score, 16).strip()


def lock_down(setup: dict[str, Any]) -> None:
    """Apply everything the host asked for, in the only order that works.

    Args:
        setup: the first message: `mounts`, `supervisor_uid` (or null) and `filter` (hex or empty).
    """
    # PID 1 gets only the signals it handles: with no handlers a job's signals are all discarded. What our
    # starter ignores (a worker under nohup: SIGHUP) would be ignored in every step too.
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    _open_oom_score()
    mount_scratch(setup["mounts"])
    drop_privileges(setup["supervisor_uid"])
    if setup["filter"]:
        install_filter(bytes.fromhex(setup["filter"]))
    set_dumpable(False)
