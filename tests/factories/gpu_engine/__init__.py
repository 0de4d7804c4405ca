"""A private Docker engine that believes it has NVIDIA GPUs.

The engine, containerd and runc are the real ones. NVIDIA's two programs are stood in for: the hook that the
engine calls for a device request, and the OCI runtime registered as `nvidia`. Both put `/dev/nvidia<n>` into
the container for the ids in `NVIDIA_VISIBLE_DEVICES`, as the real ones do (the node is a twin of /dev/null),
fail in the real ones' words, and write down what they were asked. Root only.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import docker

START_S = 60.0
PROGRAMS = Path(__file__).with_name("nvidia.py")
HOOK, RUNTIME = "nvidia-container-runtime-hook", "nvidia-container-runtime"


@dataclass(frozen=True)
class GpuEngine:
    """A running engine.

    Attributes:
        home: its folder.
        url: its address.
    """

    home: Path
    url: str

    def asked(self) -> list[dict]:
        """Return what NVIDIA's programs were asked since the last `forget`."""
        path = self.home / "asked"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def forget(self) -> None:
        """Forget what was asked and mend what was broken."""
        for name in ("asked", "broken"):
            (self.home / name).unlink(missing_ok=True)

    def break_driver(self, words: str) -> None:
        """Let NVIDIA's programs fail with these words."""
        (self.home / "broken").write_text(words)

    def copy_image(self, name: str) -> None:
        """Bring an image over from the host's usual engine."""
        with contextlib.closing(docker.from_env()) as usual, contextlib.closing(self.client()) as own:
            own.images.load(usual.images.get(name).save(named=f"{name}:latest"))

    def client(self) -> docker.DockerClient:
        """Connect to it."""
        return docker.DockerClient(base_url=self.url)


@contextlib.contextmanager
def gpu_engine(devices: Mapping[str, int], program: str = "dockerd", **settings) -> Iterator[GpuEngine]:
    """Run an engine.

    Args:
        devices: id → number of its node.
        program: which dockerd.
        settings: for daemon.json.
    """
    home = Path(tempfile.mkdtemp(prefix="omj-gpu-"))
    _write_programs(home, devices)
    daemon = {
        "data-root": f"{home}/data",
        "exec-root": f"{home}/exec",
        "pidfile": f"{home}/pid",
        "hosts": [f"unix://{home}/sock"],
        "bridge": "none",
        "iptables": False,
        "runtimes": {"nvidia": {"path": f"{home}/bin/{RUNTIME}"}},
        **settings,
    }
    (home / "daemon.json").write_text(json.dumps(daemon))
    environment = {**os.environ, "PATH": f"{home}/bin:{os.environ['PATH']}"}
    with (home / "log").open("wb") as log:
        command = [program, "--config-file", str(home / "daemon.json")]
        engine = subprocess.Popen(command, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        found = GpuEngine(home, f"unix://{home}/sock")
        _await(engine, found)
        yield found
    finally:
        engine.send_signal(signal.SIGTERM)
        engine.wait(timeout=60)
        shutil.rmtree(home, ignore_errors=True)


def _write_programs(home: Path, devices: Mapping[str, int]) -> None:
    (home / "bin").mkdir()
    (home / "devices.json").write_text(json.dumps(dict(devices)))
    for name in (HOOK, RUNTIME):
        path = home / "bin" / name
        path.write_text(f"#!{sys.executable} -IS\n" + PROGRAMS.read_text())
        path.chmod(0o755)


def _await(engine: subprocess.Popen, found: GpuEngine) -> None:
    deadline = time.monotonic() + START_S
    while True:
        with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(OSError):
            probe.connect(found.url.removeprefix("unix://"))
            return
        is_hopeless = engine.poll() is not None or time.monotonic() > deadline
        assert not is_hopeless, (found.home / "log").read_text()[-2000:]
        time.sleep(0.05)
