"""What hostile programs try against the walls, the host and the supervisor."""

# ruff: noqa: E501 - hostile programs are quoted whole

import json
import os
import socket
import threading
from pathlib import Path

import pytest

from sandboxes.results import Outcome


def refused(attempt, code, **fields):
    """Run code that sets `done` to a list of what succeeded, and return that list."""
    result = attempt(code + "\nimport json; print(json.dumps(done))", **fields)
    assert result.outcome is Outcome.OK, result
    return json.loads(result.stdout)


def test_no_network(attempt):
    code = """
import os, socket
done = []
for family, kind, address in (
    (socket.AF_INET, socket.SOCK_STREAM, ("1.1.1.1", 80)),
    (socket.AF_INET, socket.SOCK_DGRAM, ("8.8.8.8", 53)),
    (socket.AF_INET6, socket.SOCK_STREAM, ("2606:4700:4700::1111", 80)),
    (socket.AF_INET, socket.SOCK_STREAM, ("169.254.169.254", 80)),
):
    try:
        s = socket.socket(family, kind); s.settimeout(1); s.connect(address); s.send(b"x"); done.append(address)
    except OSError: pass
try: socket.getaddrinfo("example.com", 443); done.append("dns")
except OSError: pass
interfaces = [name for _, name in socket.if_nameindex()]
if [n for n in interfaces if n != "lo" and not n.startswith(("tunl", "sit", "ip6", "gre", "erspan", "ip_vti"))]:
    done.append(interfaces)
"""
    assert refused(attempt, code) == []


def test_host_loopback_is_not_reachable(attempt):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = f"""
import socket
done = []
try: socket.create_connection(("127.0.0.1", {port}), 1); done.append("host")
except OSError: pass
"""
        assert refused(attempt, code) == []


def test_host_abstract_sockets_are_not_reachable(attempt):
    name = f"\0judge-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(name)
        server.listen()
        code = f"""
import socket
done = []
try: socket.socket(socket.AF_UNIX).connect({name!r}); done.append("abstract")
except OSError: pass
"""
        assert refused(attempt, code) == []


@pytest.mark.parametrize("number", [17, 38, 40, 16 + 100], ids=["packet", "alg", "vsock", "unknown"])
def test_socket_families(attempt, number):
    code = f"""
import socket
done = []
try: socket.socket({number}, socket.SOCK_STREAM if {number} != 17 else socket.SOCK_RAW); done.append({number})
except OSError: pass
"""
    assert refused(attempt, code) == []


@pytest.fixture
def secrets_on_the_host():
    """Files with a needle where labels and secrets lie: a checkout, the home, temporary folders."""
    needle = f"hidden-label-{os.urandom(8).hex()}"
    checkout = Path(__file__).resolve().parents[2]
    places = [checkout / f".needle-{os.getpid()}", Path("/tmp") / f"needle-{os.getpid()}"]
    places.append(Path.home() / f".needle-{os.getpid()}")
    for place in places:
        place.write_text(needle)
    yield needle
    for place in places:
        place.unlink(missing_ok=True)


def test_label_search_finds_nothing(attempt, secrets_on_the_host):
    code = f"""
import os
needle = {secrets_on_the_host[:13]!r}.encode() + {secrets_on_the_host[13:]!r}.encode()
done, n = [], 0
for top, folders, files in os.walk("/"):
    folders[:] = [f for f in folders if os.path.join(top, f) not in ("/proc", "/sys")]
    for name in files:
        path = os.path.join(top, name)
        n += 1
        if ".needle" in name or name.startswith("needle"): done.append(path)
        if "problems/catalog" in path or name == "creator.json" or path.endswith("judge/settings.py"): done.append(path)
        try:
            if os.path.isfile(path) and os.path.getsize(path) < 200 and needle in open(path, "rb").read(): done.append(path)
        except OSError: pass
for pid in [p for p in os.listdir("/proc") if p.isdigit()]:
    for name in ("environ", "cmdline"):
        try:
            if needle in open(f"/proc/{{pid}}/{{name}}", "rb").read(): done.append((pid, name))
        except OSError: pass
assert n > 1000, n
"""
    assert refused(attempt, code, limits={"wall_time_s": 60, "cpu_time_s": 60}) == []


def test_our_packages_cannot_be_imported(attempt):
    code = """
import importlib
done = []
for name in ("judge", "web", "problems", "scoring", "sandboxes"):
    try: module = importlib.import_module(name)
    except ImportError: continue
    if getattr(module, "__file__", None): done.append(module.__file__)
"""
    assert refused(attempt, code) == []


def test_pid_1_gives_nothing_away(attempt):
    code = """
import os
done = []
for name in ("environ", "mem", "maps", "root", "cwd", "exe", "stack", "auxv"):
    path = "/proc/1/" + name
    try:
        if name in ("root", "cwd", "exe"): os.readlink(path)
        else: open(path, "rb").read(1)
        done.append(name)
    except OSError: pass
for kind in ("fd", "fdinfo", "map_files"):
    try: done += os.listdir("/proc/1/" + kind)
    except OSError: pass
held = sorted(int(f) for f in os.listdir("/proc/self/fd"))
"""
    assert refused(attempt, code) == []


def test_no_descriptor_is_inherited(attempt):
    code = "import os; done = [os.readlink(f'/proc/self/fd/{n}') for n in range(3, 64) if os.path.exists(f'/proc/self/fd/{n}')]"
    assert refused(attempt, code) == []


@pytest.mark.parametrize("number", [9, 15, 19, 2, 1, 10, 17, 34])
def test_pid_1_survives_signals(attempt, number):
    code = f"import os, time\ndone = []\ntry: os.kill(1, {number})\nexcept OSError: pass\ntime.sleep(0.1)"
    assert refused(attempt, code) == []


def test_pid_1_cannot_be_traced_or_limited(attempt):
    code = """
import ctypes, os, resource
libc = ctypes.CDLL(None, use_errno=True)
done = []
for request in (16, 0x4206):  # attach, seize
    if libc.ptrace(request, 1, None, None) == 0: done.append(request)
buffer = ctypes.create_string_buffer(8)
class Part(ctypes.Structure): _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]
here, there = Part(ctypes.addressof(buffer), 8), Part(0x400000, 8)
if libc.process_vm_readv(1, ctypes.byref(here), 1, ctypes.byref(there), 1, 0) >= 0: done.append("readv")
try: resource.prlimit(1, resource.RLIMIT_CPU, (1, 1)); done.append("prlimit")
except OSError: pass
try:
    fd = os.pidfd_open(1)
    if libc.syscall(438, fd, 3, 0) >= 0: done.append("pidfd_getfd")
except OSError: pass
"""
    assert refused(attempt, code) == []


def test_system_calls_are_filtered(attempt):
    code = """
import ctypes, platform
libc = ctypes.CDLL(None, use_errno=True)
numbers = dict(ptrace=101, mount=165, umount2=166, pivot_root=155, unshare=272, setns=308, keyctl=250,
    add_key=248, request_key=249, bpf=321, perf_event_open=298, userfaultfd=323, io_uring_setup=425,
    kexec_load=246, init_module=175, process_vm_readv=310, open_by_handle_at=304, swapon=167,
    reboot=169, sethostname=170, settimeofday=164, acct=163, kcmp=312, memfd_secret=447,
    open_tree=428, move_mount=429, fsopen=430, mount_setattr=442, chroot=161)
done = []
for name, number in numbers.items():
    ctypes.set_errno(0)
    status = libc.syscall(number, 0, 0, 0, 0, 0, 0)
    if status >= 0 or ctypes.get_errno() not in (1, 38): done.append((name, status, ctypes.get_errno()))
CLONE_NEWUSER = 0x10000000
if libc.syscall(56, CLONE_NEWUSER | 17, 0, 0, 0, 0) >= 0: done.append("clone")
ctypes.set_errno(0); libc.syscall(435, 0, 0)
if ctypes.get_errno() != 38: done.append(("clone3", ctypes.get_errno()))
"""
    if os.uname().machine != "x86_64":
        code = "done = []"
    assert refused(attempt, code) == []


def test_nothing_can_be_written_but_scratch(attempt):
    code = """
import os
done = []
for folder in ("/", "/usr", "/usr/bin", "/etc", "/dev", "/proc", "/proc/sys/kernel", "/job", "/job/in", "/job/slot",
               "/job/code", "/job/sup", "/job/sup/inside", "/var", "/home", "/root", "/run", "/sys", "/sys/fs/cgroup",
               "/dev/mqueue", os.path.dirname(os.__file__)):
    path = os.path.join(folder, "planted")
    try: open(path, "w").write("x"); done.append(path)
    except OSError: pass
for path in ("/proc/sys/kernel/hostname", "/proc/sysrq-trigger", "/proc/self/oom_score_adj/../../sys/vm/drop_caches",
             "/etc/passwd", "/job/sup/inside/supervisor.py", "/proc/1/oom_score_adj"):
    try: open(path, "w").write("1"); done.append(path)
    except OSError: pass
for path in ("/dev/mem", "/dev/kmsg", "/dev/sda", "/dev/vda", "/dev/kvm", "/dev/fuse", "/dev/net/tun"):
    if os.path.exists(path): done.append(path)
"""
    assert refused(attempt, code) == []


def test_every_writable_mount_is_memory(attempt):
    """A folder on the host's disk, such as a volume of the image, would have no size."""
    result = attempt(
        """
        for line in open("/proc/self/mountinfo"):
            fields, _, kind = line.partition(" - ")
            if "rw" in fields.split()[5].split(",") and "rw" in kind.split()[2].split(","):
                print(fields.split()[4], kind.split()[0])
        """.replace("\n        ", "\n")
    )
    assert result.outcome is Outcome.OK, result.stderr
    kinds = {line.split()[1] for line in result.stdout.decode().splitlines()}
    assert "tmpfs" in kinds
    # devtmpfs: single devices, bound one by one.
    assert kinds <= {"tmpfs", "proc", "devpts", "mqueue", "devtmpfs"}, result.stdout


def test_no_privileges(attempt):
    code = """
import os
done = []
status = dict(line.split(":\\t") for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
    if int(status[name], 16): done.append(name)
if status["NoNewPrivs"] != "1": done.append("new privileges")
if status["Seccomp"] != "2": done.append("no filter")
if os.getuid() == 0 or os.geteuid() == 0 or os.getgid() == 0: done.append("root")
groups = [g for g in os.getgroups() if g not in (os.getgid(), 65534)]
if groups: done.append(groups)
for act in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0]), lambda: os.chroot("/tmp"),
            lambda: os.mknod("/tmp/dev", 0o20666, os.makedev(1, 1)), lambda: os.sethostname("x") if hasattr(os, "sethostname") else os.chroot("/")):
    try: act(); done.append("act")
    except OSError: pass
"""
    assert refused(attempt, code) == []


def test_the_control_socket_is_gone(attempt):
    code = """
import os, socket
done = [name for name in os.listdir("/job/slot") if name != "stdin"]
for path in ("/job/slot/ctl.sock", "/job/chan"):
    try: socket.socket(socket.AF_UNIX).connect(path); done.append(path)
    except OSError: pass
"""
    assert refused(attempt, code) == []


def test_two_sandboxes_do_not_see_each_other(attempt):
    look = """
import json, os, socket, time
open("/tmp/mark", "w").write("first"); open("/dev/shm/mark", "w").write("x")
s = socket.socket(socket.AF_UNIX); s.bind("\\0mark"); s.listen()
time.sleep(5)
"""
    with attempt.sandbox() as first:
        first.start(attempt.step(look))
        code = """
import os, socket, time
time.sleep(0.3)
done = []
for path in ("/tmp/mark", "/dev/shm/mark"):
    if os.path.exists(path): done.append(path)
try: socket.socket(socket.AF_UNIX).connect("\\0mark"); done.append("abstract")
except OSError: pass
pids = [int(p) for p in os.listdir("/proc") if p.isdigit()]
if len(pids) != 2: done.append(pids)
"""
        assert refused(attempt, code) == []
        first.cancel()
        assert first.wait().outcome is Outcome.CANCELLED


def test_forged_reports_are_not_believed(attempt):
    """Whatever it prints, and however it tries to reach the host's end, is just output."""
    code = """
import os, struct
frame = b'{"outcome":"ok","exit_code":0}'
os.write(1, b"J" + struct.pack(">I", len(frame)) + frame)
for fd in range(3, 64):
    try: os.write(fd, b"J" + struct.pack(">I", len(frame)) + frame)
    except OSError: pass
os._exit(9)
"""
    result = attempt(code)
    assert (result.outcome, result.exit_code) == (Outcome.EXIT, 9)


def test_many_at_once(attempt):
    results = []
    threads = [
        threading.Thread(target=lambda n=n: results.append((n, attempt(f"print({n})").stdout)))
        for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [(n, f"{n}\n".encode()) for n in range(6)]
