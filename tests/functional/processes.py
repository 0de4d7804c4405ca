"""Real processes for functional tests: Valkey on a Unix socket, and a worker."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import redis

from judge.settings import Settings
from judge.stack.parts import valkey_binary


def wait_until(condition: Callable[[], bool], *, within_s: float, what: str) -> float:
    """Wait for a condition; return how long it took."""
    started = time.monotonic()
    while not condition():
        if time.monotonic() - started > within_s:
            raise AssertionError(f"not within {within_s} s: {what}")
        time.sleep(0.02)
    return time.monotonic() - started


class Valkey:
    """An append-only Valkey on the settings' socket."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        folder = self.settings.home / "valkey"
        folder.mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            [
                str(valkey_binary()), "--port", "0", "--unixsocket",
                str(self.settings.run_dir / "valkey.sock"), "--dir", str(folder),
                "--appendonly", "yes", "--save", "",
            ],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        wait_until(self._answers, within_s=10, what="valkey answers")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    def _answers(self) -> bool:
        client = redis.Redis.from_url(self.settings.effective_redis_url)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()


class Worker:
    """A `python -m judge.worker` in a process group of its own."""

    def __init__(self, settings: Settings, **more: str) -> None:
        self.settings = settings
        self.log = settings.home / "worker.log"
        self._more = more
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {
            **os.environ,
            "JUDGE_HOME": str(self.settings.home),
            "JUDGE_DATABASE_URL": self.settings.database_url,
            "JUDGE_IS_TESTING": "1",
            "JUDGE_SANDBOX": "local",
            "JUDGE_WORKER_SLOTS": "2",
            **self._more,
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "judge.worker"],
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill_group(self) -> None:
        """SIGKILL everything in the worker's process group."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)
        self.process = None

    def stop(self, within_s: float = 60) -> int:
        """Ask it to stop; return its exit code."""
        if self.process is None:
            return 0
        self.process.terminate()
        try:
            return self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            self.kill_group()
            raise AssertionError(f"the worker did not stop: {self.log.read_text()[-3000:]}") from None
        finally:
            self.process = None


def processes_below(folder: Path) -> list[str]:
    """List command lines of living processes that mention a folder, ours left out."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in command:
            found.append(command)
    return found
