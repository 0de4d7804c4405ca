"""Docker engines of the tests' own, which may be stopped, killed and filled up without hurting anybody's."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import docker

IMAGE = "openmodels-judge/runner-python"
START_S = 60.0


@dataclass
class Engine:
    """A dockerd with folders of its own, without networks.

    Attributes:
        root: holds its data, sockets and log; its path is short, as a Unix socket's must be.
        flags: further flags of dockerd.
        data: where images and containers go; below `root` unless said.
    """

    root: Path
    flags: tuple[str, ...] = ()
    data: Path | None = None
    process: subprocess.Popen | None = field(default=None, init=False)

    @property
    def socket(self) -> Path:
        return self.root / "engine.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    @property
    def log(self) -> str:
        return (self.root / "log").read_text(errors="replace")[-3000:]

    def start(self) -> "Engine":
        assert self.process is None, "it runs; a second one would be left behind"
        command = [
            "dockerd", "--host", self.url, "--data-root", str(self.data or self.root / "data"),
            "--exec-root", str(self.root / "exec"), "--pidfile", str(self.root / "pid"),
            "--bridge", "none", "--iptables=false", "--ip6tables=false", *self.flags,
        ]  # fmt: skip
        (self.root / "pid").unlink(missing_ok=True)
        with (self.root / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + START_S
        while not self.does_answer():
            assert self.process.poll() is None, f"dockerd ended:\n{self.log}"
            assert time.monotonic() < deadline, f"dockerd did not come up:\n{self.log}"
            time.sleep(0.1)
        return self

    def does_answer(self) -> bool:
        with contextlib.suppress(docker.errors.DockerException, OSError):
            with socket.socket(socket.AF_UNIX) as probe:  # the library would leave its own open
                probe.connect(str(self.socket))
            client = docker.DockerClient(base_url=self.url, timeout=5)
            with contextlib.closing(client):
                return bool(client.ping())
        return False

    def stop(self) -> None:
        """As an administrator stops it: its containers end."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """As it crashes: its containers go on without it."""
        self._end(signal.SIGKILL)
        # Its containerd dies with it; where nobody reaps that at once, a new one would wait for the dead.
        (self.root / "exec" / "containerd" / "containerd.pid").unlink(missing_ok=True)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(how)
            self.process.wait(40)
            self.process = None
        self.socket.unlink(missing_ok=True)

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it hear everything and answer nothing."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def load(self, image: str = IMAGE) -> None:
        """Bring an image over from the machine's own engine."""
        with subprocess.Popen(["docker", "save", image], stdout=subprocess.PIPE) as saving:
            subprocess.run(
                ["docker", "--host", self.url, "load"], stdin=saving.stdout, capture_output=True, check=True
            )
        assert saving.returncode == 0

    def close(self) -> None:
        """Stop it and remove every trace."""
        if self.process is not None:
            with contextlib.closing(docker.DockerClient(base_url=self.url, timeout=30)) as client:
                for container in client.containers.list(all=True, ignore_removed=True):
                    with contextlib.suppress(docker.errors.APIError):
                        container.remove(force=True, v=True)
            self.stop()
        self._end_containerd()
        _unmount_below(self.root)
        shutil.rmtree(self.root, ignore_errors=True)

    def _end_containerd(self) -> None:
        """End the containerd that a killed dockerd left behind."""
        pidfile = self.root / "exec" / "containerd" / "containerd.pid"
        with contextlib.suppress(OSError, ValueError):
            pid = int(pidfile.read_text())
            if b"containerd" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGTERM)


def _unmount_below(folder: Path) -> None:
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for place in sorted((place for place in mounts if place.startswith(f"{folder}/")), reverse=True):
        subprocess.run(["umount", "--lazy", place], capture_output=True, check=False)


@contextlib.contextmanager
def private_engine(*flags: str, with_image: bool = True, data: Path | None = None) -> Iterator[Engine]:
    """Yield a running engine with the `python` runner image."""
    engine = Engine(Path(tempfile.mkdtemp(prefix="judge-engine-")), flags, data)
    engine.root.chmod(0o711)  # a remapped engine's root must reach its folders
    try:
        engine.start()
        if with_image:
            engine.load()
        yield engine
    finally:
        engine.close()


@contextlib.contextmanager
def small_disk(folder: Path, size_mib: int) -> Iterator[Path]:
    """Yield a folder that is a file system of its own and soon full."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_mib}m,mode=755", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
