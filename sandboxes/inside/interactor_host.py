"""Trusted side of an interactive problem: lets an organizer's program talk raw bytes with a contestant's.

Runs inside the sandbox as `python -m interactor_host -- /job/in/program /job/in/case/input …`, with the
standard library alone. The program's output goes over the channel as frames, frames that come go to its
input; an empty frame is the end of either. How the program ended is written to `/job/out/ending.json`.

Whoever ends first decides the verdict, so the other side must not read the end of this one before the
host has seen it: a program that has ended is not announced by an empty frame, the channel itself is closed.
"""

import argparse
import contextlib
import json
import os
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

CHANNEL = "/job/chan"
OUT = Path("/job/out")
LENGTH = struct.Struct(">I")
_CHUNK = 1 << 16
_EXIT_S = 0.5  # by then a program that has closed its output has ended, or means to read on


def to_channel(source: int, channel: socket.socket) -> None:
    """Carry what a program writes, until it closes its output."""
    with contextlib.suppress(OSError):
        while chunk := os.read(source, _CHUNK):
            channel.sendall(LENGTH.pack(len(chunk)) + chunk)


def from_channel(channel: socket.socket, sink: int) -> None:
    """Carry what the other side says, until it ends; then let the program read the end."""
    with contextlib.suppress(OSError):
        while head := _exactly(channel, LENGTH.size):
            (size,) = LENGTH.unpack(head)
            body = _exactly(channel, size) if size else b""
            if not body:
                break
            while body:
                body = body[os.write(sink, body) :]
    with contextlib.suppress(OSError):
        os.close(sink)


def _exactly(channel: socket.socket, size: int) -> bytes:
    body = b""
    while len(body) < size:
        more = channel.recv(size - len(body))
        if not more:
            return b""
        body += more
    return body


def main() -> int:
    """Return 0 whenever the program has ended, however that was."""
    parser = argparse.ArgumentParser(prog="interactor_host")
    parser.add_argument("command", nargs="+")
    args = parser.parse_args()
    with socket.socket(socket.AF_UNIX) as channel:
        channel.connect(CHANNEL)
        program = subprocess.Popen(args.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603
        assert program.stdin is not None and program.stdout is not None  # noqa: S101 - both are pipes
        sink = os.dup(program.stdin.fileno())
        program.stdin.close()
        threading.Thread(target=from_channel, args=(channel, sink), daemon=True).start()
        to_channel(program.stdout.fileno(), channel)
        try:
            code = program.wait(_EXIT_S)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(OSError):
                channel.sendall(LENGTH.pack(0))
            code = program.wait()
        # Written before the channel closes: after that this step may be ended at any moment.
        (OUT / "ending.json").write_text(json.dumps({"exit_code": code}))
        with contextlib.suppress(OSError):
            channel.shutdown(socket.SHUT_RDWR)
    return 0


if __name__ == "__main__":
    sys.exit(main())
