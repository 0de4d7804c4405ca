"""The same walls with what a host may add to them: remapped user ids, and another OCI runtime (gVisor)."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from engines import private_engine

from sandboxes.base import OutputSpec, Profile, Step
from sandboxes.docker import Docker
from sandboxes.docker.images.sources import of_host
from sandboxes.limits import Limits
from sandboxes.results import Outcome

pytestmark = pytest.mark.docker
SMALL = Limits(
    wall_time_s=20, cpu_time_s=10, memory_mib=256, n_processes=24, output_mib=8, scratch_mib=8, file_mib=4
)
# Debian's own, from backports: unpacked and not installed, so that the host stays as it is.
BACKPORTS = "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {} {} main"


@pytest.fixture(scope="module")
def remapped(docker_provider, tmp_path_factory):
    with private_engine("--userns-remap=default") as engine:
        provider = Docker("runtimes", tmp_path_factory.mktemp("run"), engine.url)
        yield provider
        provider.close()


@pytest.fixture(scope="module")
def gvisor(docker_provider, tmp_path_factory):
    runsc = find_runsc(tmp_path_factory.mktemp("runsc"))
    # No network and a socket of ours from outside; the other platforms are slower, or spin.
    arguments = ("--network=none", "--host-uds=open", "--platform=systrap")
    daemon = tmp_path_factory.mktemp("gvisor") / "daemon.json"
    listed = ", ".join(f'"{argument}"' for argument in arguments)
    daemon.write_text(f'{{"runtimes": {{"runsc": {{"path": "{runsc}", "runtimeArgs": [{listed}]}}}}}}')
    with private_engine(f"--config-file={daemon}") as engine:
        provider = Docker("runtimes", tmp_path_factory.mktemp("run"), engine.url, runtime="runsc")
        yield provider
        provider.close()


def find_runsc(folder: Path) -> str:
    """Return a runsc: the host's, else the one of Debian's backports."""
    installed = shutil.which("runsc")
    if installed:
        return installed
    release = subprocess.run(
        ["sh", "-c", ". /etc/os-release && echo $VERSION_CODENAME"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    archive = of_host()
    assert archive is not None, "this host has no Debian archive to take runsc from: install it"
    (folder / "lists" / "partial").mkdir(parents=True)
    (folder / "sources.list").write_text(BACKPORTS.format(archive.mirror, f"{release}-backports"))
    options = [
        f"-oDir::Etc::sourcelist={folder}/sources.list", "-oDir::Etc::sourceparts=-",
        f"-oDir::State::lists={folder}/lists", f"-oDir::Cache={folder}/cache", "-oAPT::Sandbox::User=root",
    ]  # fmt: skip
    for command in (["update"], ["download", "runsc"]):
        subprocess.run(["apt-get", "-qq", *options, *command], cwd=folder, check=True, capture_output=True)
    (package,) = folder.glob("runsc_*.deb")
    subprocess.run(["dpkg", "-x", package, folder / "root"], check=True)
    folder.chmod(0o755)
    return str(folder / "root" / "usr" / "bin" / "runsc")


@pytest.fixture(params=["remapped", "gvisor"])
def provider(request):
    return request.getfixturevalue(request.param)


def run(provider: Docker, code: str, *, limits: Limits = SMALL, **fields):
    return provider.create(Profile("python", limits)).run(
        Step(limits, argv=("python3", "-c", code), **fields)
    )


def test_inputs_and_outputs(provider, tmp_path):
    (tmp_path / "question").write_text("6 7")
    code = "a, b = open('/job/in/q').read().split(); open('/job/out/a', 'w').write(str(int(a) * int(b)))"
    outputs = [OutputSpec("a", 10)]
    result = run(provider, code, inputs={"q": tmp_path / "question"}, outputs=outputs, stdin=b"x")
    assert (result.outcome, result.outputs) == (Outcome.OK, {"a": b"42"}), result
    assert provider.settle()
    assert not list(provider.run_dir.glob("sb-*"))


def test_a_module_and_its_channel(provider, code_folder):
    (code_folder / "talk.py").write_text(
        "import socket, struct\n"
        "end = socket.socket(socket.AF_UNIX); end.connect('/job/chan')\n"
        "n, = struct.unpack('>I', end.recv(4)); body = end.recv(n)\n"
        "end.sendall(struct.pack('>I', n) + body[::-1])\n"
    )
    profile = Profile("python", SMALL, code=(("talk.py", code_folder / "talk.py"),))
    sandbox = provider.create(profile)
    try:
        sandbox.start(Step(SMALL, module="talk", has_channel=True))
        channel = sandbox.channel()
        channel.send(b"abc")
        assert channel.receive(5, 10) == b"cba"
        assert sandbox.wait().outcome is Outcome.OK
    finally:
        sandbox.destroy()


@pytest.mark.parametrize(
    ("code", "changes", "outcome"),
    [
        ("while True: pass", {"cpu_time_s": 1.0}, Outcome.CPU_TIME),
        ("import time; time.sleep(60)", {"wall_time_s": 1.0}, Outcome.WALL_TIME),
        ("x = bytearray(10**9); x[::4096] = bytes(len(x[::4096]))", {}, Outcome.MEMORY),
        ("print('x' * 10**7)", {}, Outcome.OUTPUT_FLOOD),
        ("import os; os.kill(os.getpid(), 11)", {}, Outcome.SIGNAL),
        ("raise SystemExit(3)", {}, Outcome.EXIT),
    ],
    ids=["cpu", "wall", "memory", "output", "signal", "exit"],
)
def test_limits(provider, code, changes, outcome):
    result = run(provider, code, limits=replace(SMALL, **changes))
    assert result.outcome is outcome, result
    assert result.usage.wall_time_s < 45


def test_kill_and_cancel(provider):
    sandbox = provider.create(Profile("python", SMALL))
    sandbox.start(Step(SMALL, argv=("python3", "-c", "import time; time.sleep(60)")))
    sandbox.cancel()
    assert sandbox.wait().outcome is Outcome.CANCELLED
    sandbox.destroy()
    assert provider.settle()
    assert provider.burials().n_failing == 0


def test_walls(provider):
    code = """
import ctypes, os, socket
def refused(action):
    try:
        action()
    except OSError:
        return True
    return False
assert os.getuid() != 0
assert ctypes.CDLL(None).prctl(39, 0, 0, 0, 0) == 1, "PR_GET_NO_NEW_PRIVS"
assert refused(lambda: socket.create_connection(("127.0.0.1", 9), 1))
assert refused(lambda: socket.create_connection(("192.0.2.1", 80), 1))
assert refused(lambda: open("/etc/x", "w"))
assert refused(lambda: os.kill(1, 9))
assert refused(lambda: open("/proc/1/mem", "rb").read(1)), "memory of the supervisor"
def descriptors():
    # gVisor lets them be listed, and no more; 0 is the engine's null device.
    open_it = lambda n: os.close(os.open(f"/proc/1/fd/{n}", os.O_RDWR))
    return [n for n in os.listdir("/proc/1/fd") if n != "0" and not refused(lambda: open_it(n))]
assert refused(descriptors) or not descriptors(), [(n, os.readlink(f"/proc/1/fd/{n}")) for n in descriptors()]
def foreign():
    names = {entry.partition("=")[0] for entry in open("/proc/1/environ").read().split("\\0") if entry}
    return sorted(names - KNOWN)
# gVisor lets it be read; there is nothing in it but what everybody inside is told.
KNOWN = set(os.environ) | {"HOSTNAME", "PYTHONHASHSEED"}
assert refused(foreign) or not foreign(), foreign()
print("contained")
"""
    result = run(provider, code)
    assert result.stdout == b"contained\n", result.stderr.decode()


def test_remapped_root_is_nobody_on_the_host(remapped):
    sandbox = remapped.create(Profile("python", SMALL))
    try:
        pid = remapped.client.containers.get(f"judge-{sandbox.id}").attrs["State"]["Pid"]
        uids = [
            line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("Uid")
        ]
        assert int(uids[0].split()[1]) >= 65_536
    finally:
        sandbox.destroy()


def test_gvisor_is_the_kernel_in_there(gvisor):
    result = run(gvisor, "print(open('/proc/version').read())")
    assert result.stdout.split()[2] != Path("/proc/version").read_text().split()[2].encode(), result
    assert "runsc" in gvisor.report().version
    assert result.usage.measured_by == "cgroup"
