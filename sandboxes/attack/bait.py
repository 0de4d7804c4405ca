"""Secrets laid out for hostile programs to find, and the check that none was carried away.

Each is a word that exists nowhere else, so that a single sight of it in anything that comes back out of a
sandbox is proof of a leak. Programs are told where the bait lies and by which prefix to know it: an
attacker who knows the machine.
"""

import contextlib
import os
import re
import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

PREFIX = "judge-canary-"
VARIABLE = "JUDGE_ATTACK_BAIT"
FOLDERS = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 - where secrets of others would lie, too
_HOLDER = "import sys, time; word = sys.stdin.readline(); print('up', flush=True); time.sleep(3600)"
_SYSTEM_VALUES = (
    "kernel/hostname", "kernel/core_pattern", "kernel/domainname", "kernel/randomize_va_space",
    "vm/overcommit_memory", "vm/drop_caches", "kernel/sysrq", "fs/suid_dumpable",
)  # fmt: skip


class Bait:
    """Secrets on the host: files, an environment variable, a process's memory, three listening sockets.

    Args:
        folder: private and empty, for a file and a socket of ours.
    """

    def __init__(self, folder: Path) -> None:
        self.word = PREFIX + secrets.token_hex(16)
        self.folder = folder
        self.files: list[Path] = []
        self.tcp_port = 0
        self.abstract = f"judge-attack-{secrets.token_hex(8)}"
        self.holder_pid = 0
        self.n_visits = 0
        self._stack = ExitStack()
        self._values: dict[str, str] = {}

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._lay_files(stack)
            # The C environment: whatever is started from here on inherits it unless it is kept clean.
            os.putenv(VARIABLE, self.word)
            stack.callback(os.unsetenv, VARIABLE)
            self.holder_pid = stack.enter_context(_holder(self.word)).pid
            self._listen(stack)
            self._values = system_values()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def known(self) -> dict[str, object]:
        """Return what every program is told."""
        return {
            "prefix": PREFIX,
            "variable": VARIABLE,
            "files": [str(path) for path in self.files],
            "folder": str(self.folder),
            "tcp_port": self.tcp_port,
            "abstract": self.abstract,
            "unix": str(self.folder / "bait.sock"),
            "pid": self.holder_pid,
        }

    def is_in(self, body: bytes) -> bool:
        """Whether the secret is in something that came back, plain or turned round."""
        word = self.word.encode()
        return word in body or word[::-1] in body or word.hex().encode() in body

    def harm(self) -> str:
        """Say what of the host is no longer as it was; "" if nothing."""
        for path in self.files:
            with contextlib.suppress(OSError):
                if path.read_text(encoding="ascii") == self.word:
                    continue
            return f"the host's file {path} was changed"
        if self.n_visits:
            return "a listener on the host was reached"
        changed = [name for name, value in system_values().items() if value != self._values.get(name)]
        return f"the kernel's settings were changed: {', '.join(changed)}" if changed else ""

    def _lay_files(self, stack: ExitStack) -> None:
        places = [Path.home(), *map(Path, FOLDERS), self.folder]
        for place in places:
            path = place / f".{PREFIX}{secrets.token_hex(4)}"
            try:
                path.write_text(self.word, encoding="ascii")
            except OSError:  # not every user may write everywhere; what he cannot write he has no secret in
                continue
            path.chmod(0o644)
            stack.callback(path.unlink, missing_ok=True)
            self.files.append(path)

    def _listen(self, stack: ExitStack) -> None:
        network = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.tcp_port = int(network.getsockname()[1])
        abstract = stack.enter_context(socket.socket(socket.AF_UNIX))
        abstract.bind("\0" + self.abstract)
        named = stack.enter_context(socket.socket(socket.AF_UNIX))
        named.bind(str(self.folder / "bait.sock"))
        (self.folder / "bait.sock").chmod(0o666)
        for listener in (abstract, named):
            listener.listen()
        for listener in (network, abstract, named):
            threading.Thread(target=self._answer, args=(listener,), name="bait", daemon=True).start()
            # Closing alone would leave the thread in accept for ever.
            stack.callback(_shut, listener)

    def _answer(self, listener: socket.socket) -> None:
        while True:
            try:
                visitor, _ = listener.accept()
            except OSError:  # closed at the end
                return
            self.n_visits += 1
            with visitor, contextlib.suppress(OSError):
                visitor.sendall(self.word.encode())


def _shut(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)


@contextmanager
def _holder(word: str) -> Iterator["subprocess.Popen[str]"]:
    """Have a process of ours that holds the word in its memory and in its environment."""
    command = [sys.executable, "-I", "-S", "-c", _HOLDER]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        if holder.stdin is None or holder.stdout is None:
            raise RuntimeError("pipes were asked for")
        holder.stdin.write(word + "\n")
        holder.stdin.flush()
        holder.stdout.readline()
        yield holder
    finally:
        holder.kill()
        holder.communicate()


def system_values() -> dict[str, str]:
    """Return settings of the kernel that a program with too much power would change."""
    found = {}
    for name in _SYSTEM_VALUES:
        with contextlib.suppress(OSError):
            found[name] = Path("/proc/sys", name).read_text(encoding="ascii").strip()
    return found


def processes_with(token: str) -> list[int]:
    """Return the host's processes whose environment holds a token, as far as this user may look.

    Args:
        token: that was in the environment of a hostile program.
    """
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if re.search(re.escape(token.encode()), path.read_bytes()):
                found.append(int(path.parent.name))
    return found
