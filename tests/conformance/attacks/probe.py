"""What hostile programs share: a probe that cannot pass by accident, and system calls by name.

A program first does what is permitted (`works`), which proves that its tools are in order, then what is
forbidden (`refused`, `forbidden`, `unseen`, `hunt`). `end` says `contained` with exit code 0 if all of it
failed, else it exits with 7 and says what got through; 8 means that the probe itself is broken.
"""

import contextlib
import ctypes
import errno
import json
import os
import platform
import re
import signal
import struct
import sys
import time

TOLD = json.loads(os.environ.get("ATTACK", "{}"))
TURN = TOLD.get("turn", 1)
# The prefix alone is no secret; only the whole word is.
WORD = re.compile(TOLD.get("prefix", "judge-canary-").encode() + rb"[0-9a-f]{32}")
libc = ctypes.CDLL(None, use_errno=True)
_INTEL = dict(
    ptrace=101, mount=165, umount2=166, pivot_root=155, unshare=272, setns=308, keyctl=250, add_key=248,
    request_key=249, bpf=321, perf_event_open=298, userfaultfd=323, io_uring_setup=425, io_uring_enter=426,
    io_uring_register=427, kexec_load=246, init_module=175, finit_module=313, delete_module=176,
    process_vm_readv=310, process_vm_writev=311, open_by_handle_at=304, name_to_handle_at=303, swapon=167,
    reboot=169, sethostname=170, settimeofday=164, clock_settime=227, adjtimex=159, clock_adjtime=305,
    acct=163, kcmp=312, memfd_secret=447, open_tree=428, move_mount=429, fsopen=430, mount_setattr=442,
    chroot=161, clone=56, clone3=435, mknodat=259, pidfd_open=434, pidfd_getfd=438, quotactl=179, syslog=103,
    memfd_create=319, shmget=29, shmat=30, msgget=68, semget=64, mq_open=240, mq_timedsend=242, mq_timedreceive=243, getpid=39, prlimit64=302, sched_setaffinity=203,
    fanotify_init=300, mbind=237, move_pages=279,
)  # fmt: skip
_ARM = dict(
    ptrace=117, mount=40, umount2=39, pivot_root=41, unshare=97, setns=268, keyctl=219, add_key=217,
    request_key=218, bpf=280, perf_event_open=241, userfaultfd=282, io_uring_setup=425, io_uring_enter=426,
    io_uring_register=427, kexec_load=104, init_module=105, finit_module=273, delete_module=106,
    process_vm_readv=270, process_vm_writev=271, open_by_handle_at=265, name_to_handle_at=264, swapon=224,
    reboot=142, sethostname=161, settimeofday=170, clock_settime=112, adjtimex=171, clock_adjtime=266,
    acct=89, kcmp=272, memfd_secret=447, open_tree=428, move_mount=429, fsopen=430, mount_setattr=442,
    chroot=51, clone=220, clone3=435, mknodat=33, pidfd_open=434, pidfd_getfd=438, quotactl=60, syslog=116,
    memfd_create=279, shmget=194, shmat=196, msgget=186, semget=190, mq_open=180, mq_timedsend=182, mq_timedreceive=183, getpid=172, prlimit64=261,
    sched_setaffinity=122, fanotify_init=262, mbind=235, move_pages=239,
)  # fmt: skip
NUMBERS = {"x86_64": _INTEL, "aarch64": _ARM}[platform.machine()]
NO = {errno.EPERM, errno.ENOSYS, errno.EACCES}


def call(name, *args):
    """Make a system call; OSError when it fails."""
    ctypes.set_errno(0)
    # As wide as a register: a plain int would be cut to 32 bits.
    wide = [ctypes.c_long(arg) if isinstance(arg, int) else arg for arg in args]
    libc.syscall.restype = ctypes.c_long
    status = libc.syscall(ctypes.c_long(NUMBERS[name]), *wide)
    if status < 0:
        raise OSError(ctypes.get_errno(), name)
    return status


class Probe:
    """Counts what worked that should, and what worked that should not."""

    def __init__(self):
        self.through = []
        self.n_controls = self.n_tries = 0

    def works(self, what, act):
        """Do something permitted; it must succeed, or the probe is worth nothing."""
        try:
            value = act()
        except Exception as error:
            print(f"the probe is broken: {what}: {error!r}", flush=True)
            os._exit(8)
        if value is False:
            print(f"the probe is broken: {what}", flush=True)
            os._exit(8)
        self.n_controls += 1
        return value

    def refused(self, what, act, *faults):
        """Do something forbidden; any error of the system (or of `faults`) is a refusal."""
        self.n_tries += 1
        try:
            value = act()
        except (OSError, *faults):
            return None
        self.through.append(f"{what}: {value!r:.80}")
        return value

    def forbidden(self, name, *args):
        """Make a system call that must not even reach the kernel's own checks of its arguments."""
        self.n_tries += 1
        try:
            self.through.append(f"{name} returned {call(name, *args)}")
        except OSError as error:
            if error.errno not in NO:
                self.through.append(f"{name} reached the kernel: {errno.errorcode.get(error.errno)}")

    def unseen(self, what, value):
        """Note a finding, if it is one."""
        self.n_tries += 1
        if value:
            self.through.append(f"{what}: {value!r:.200}")

    def hunt(self, what, body):
        """Look for the bait in some bytes."""
        self.unseen(what, [word.decode() for word in WORD.findall(body)])

    def hunt_own_memory(self):
        """Look for the bait in all memory of this process; its own mark there must be found."""
        mark = ("planted-" + "here").encode() * 3
        found = 0
        with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", buffering=0) as memory:
            for line in maps.readlines():
                span, rights = line.split()[:2]
                low, high = (int(part, 16) for part in span.split("-"))
                if "r" not in rights or high - low > 64 << 20 or "[v" in line:
                    continue
                try:
                    memory.seek(low)
                    body = memory.read(high - low)
                except OSError:
                    continue
                found += mark in body
                self.hunt(line.split()[-1], body)
        self.works("its own mark", lambda: found > 0)

    def look_at_descriptors(self):
        """Look for descriptors beyond the three streams; one of its own must be seen."""
        self.works(
            "its own file", lambda: os.readlink(f"/proc/self/fd/{os.open('/tmp', os.O_RDONLY)}") == "/tmp"
        )
        held = {}
        for n in range(3, 1024):
            try:
                held[n] = os.readlink(f"/proc/self/fd/{n}")
            except OSError:
                continue
        self.unseen("inherited", {n: where for n, where in held.items() if where != "/tmp"})

    def leave_kernel_objects(self):
        """Look for System V objects, then leave some; those must be seen."""
        for kind in ("shm", "sem", "msg"):
            self.unseen(f"left: {kind}", read(f"/proc/sysvipc/{kind}").splitlines()[1:])
        for name, args in (
            ("shmget", (0x1234, 4096, 0o1666)), ("semget", (0x1234, 1, 0o1666)), ("msgget", (0x1234, 0o1666)),
        ):  # fmt: skip
            try:
                call(name, *args)
            except OSError:
                continue
            self.works(name, lambda kind=name[:3]: len(read(f"/proc/sysvipc/{kind}").splitlines()) == 2)

    def signal_supervisor(self):
        """Send every signal to PID 1; a child of its own must be killed by one."""
        child = os.fork()
        if child == 0:
            time.sleep(60)
        self.works("kill a child", lambda: os.kill(child, signal.SIGKILL))
        for number in range(1, 65):
            with contextlib.suppress(OSError):
                os.kill(1, number)

    def see_supervisor_stand(self):
        """Note it if PID 1 is stopped or dead."""
        state = read("/proc/1/stat").rpartition(b") ")[2][:1]
        self.unseen("the supervisor stands still", state in (b"T", b"t", b"Z", b"X"))

    def end(self):
        """Say how it went and exit."""
        if not self.n_controls or not self.n_tries:
            self.through.append("the probe tried nothing")
        for line in self.through:
            print("got through:", line)
        if not self.through:
            print("contained")
        sys.stdout.flush()
        os._exit(7 if self.through else 0)


def dig():
    """Make folders in folders until that is refused."""
    for _ in range(40_000):
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
    return "40000 deep"


def forge_reports(kinds):
    """Write reports of success in the supervisor's own language to every descriptor."""
    report = {
        "outcome": "ok", "detail": "", "exit_code": 0, "signal": None, "stdout": 10, "stderr": 0, "outputs": [],
        "wall_time_s": 0.1, "cpu_time_s": 0.1, "peak_memory_mib": 1.0,
    }  # fmt: skip
    body = json.dumps(report).encode()
    for descriptor in range(64):
        for kind in kinds:
            with contextlib.suppress(OSError):
                os.write(descriptor, kind + struct.pack(">I", len(body)) + body)
        with contextlib.suppress(OSError):
            os.write(descriptor, b"contained\n")


def read(path, size=1 << 20):
    """Return a file's bytes, b"" where that is refused."""
    try:
        with open(path, "rb") as file:
            return file.read(size)
    except (OSError, ValueError):
        return b""


def field(number, value):
    """Return a protobuf field: a number, bytes, text, or fields."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    body = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(body)) + body


def varint(value):
    """Return a number as protobuf writes it."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def onnx_tensor(name, dims, more=b"", kind=1):
    """Return a tensor; `more` says where its numbers are."""
    return b"".join(field(1, dim) for dim in dims) + field(2, kind) + field(8, name) + more


def onnx_model(nodes, initializers=(), n_features=4, n_classes=3):
    """Return an ONNX model of one input x and one output y."""

    def value(name, width):
        shape = field(1, field(2, "n")) + field(1, field(1, width))
        return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)))

    graph = b"".join(field(1, node) for node in nodes) + field(2, "g")
    graph += b"".join(field(5, tensor) for tensor in initializers)
    graph += field(11, value("x", n_features)) + field(12, value("y", n_classes))
    return field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 13))


def onnx_node(kind, inputs, outputs, more=b"", domain=""):
    """Return a node."""
    body = b"".join(field(1, name) for name in inputs) + b"".join(field(2, name) for name in outputs)
    return body + field(4, kind) + more + (field(7, domain) if domain else b"")


class Payload:
    """What a pickle runs when it is loaded."""

    def __reduce__(self):
        """Say so on stderr and end as if all were well."""
        return exec, ("import os; os.write(2, b'pickle-' + b'ran'); os._exit(0)",)
