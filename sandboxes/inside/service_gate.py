"""Untrusted side of a service: starts a contestant's server and carries connections to it.

Runs inside the sandbox as `python -m service_gate --port 8000 -- python3 /job/in/server.py`, with the
standard library alone. The server listens on 127.0.0.1 or on a Unix socket, as any server does; nobody
outside can reach either, so what arrives over the channel (see `streams`) is connected to it here. It
ends with the server, in the same way; nothing it says is believed on the other side.
"""

import argparse
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .streams import Broken, Streams
else:
    from streams import Broken, Streams  # beside this file in /job/code

LOOK_EVERY_S = 0.01


class Gate:
    """Connects streams to a server that runs as a child.

    Args:
        server: the child.
        port: of 127.0.0.1 where it listens; 0 if it is a Unix socket.
        path: of that socket.
    """

    def __init__(self, server: "subprocess.Popen[bytes]", port: int, path: str) -> None:
        self.server = server
        self.address: tuple[str, int] | str = ("127.0.0.1", port) if port else path
        self.family = socket.AF_INET if port else socket.AF_UNIX
        self.has_ended = False

    def await_service(self, patience_s: float) -> str:
        """Wait until the server takes a connection; return why it did not, or nothing."""
        deadline = time.monotonic() + patience_s
        while self.server.poll() is None:
            with socket.socket(self.family) as probe:
                if probe.connect_ex(self.address) == 0:
                    return ""
            if time.monotonic() > deadline:
                return "it does not listen"
            time.sleep(LOOK_EVERY_S)
        return "it ended"

    def connect(self) -> socket.socket | None:
        """Begin a connection to the server; whether it succeeds is seen when it can be written to."""
        sock = socket.socket(self.family)
        sock.setblocking(False)
        if self.family == socket.AF_INET:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            sock.connect(self.address)
        except BlockingIOError:  # under way; with a Unix socket: its queue is full
            if self.family == socket.AF_UNIX:
                sock.close()
                return None
        except OSError:
            sock.close()
            return None
        return sock

    def note_end(self) -> None:
        """Take note that the server ended."""
        self.has_ended = True


def leave_as(server: "subprocess.Popen[bytes]") -> None:
    """End in the way the server ended, so that the sandbox's report is about it."""
    code = server.wait()
    sys.stdout.flush()
    sys.stderr.flush()
    if code < 0:
        with contextlib.suppress(OSError):  # SIGKILL has no handler to be taken away
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


def _tell_end(server: "subprocess.Popen[bytes]", streams: Streams, gate: Gate) -> None:
    server.wait()
    streams.call_soon(gate.note_end)


def main() -> None:
    """Start the server, say that it is there, carry connections until the client or the server ends."""
    parser = argparse.ArgumentParser(prog="python -m service_gate", description=__doc__)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--port", type=int, default=0, help="of 127.0.0.1")
    where.add_argument("--socket", default="", help="path of a Unix socket")
    parser.add_argument("--patience", type=float, default=30.0, help="seconds until it must listen")
    parser.add_argument("--channel", default="/job/chan")
    parser.add_argument("argv", nargs="+", help="the server's command line")
    args = parser.parse_args()
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    channel.connect(args.channel)
    environment = os.environ | {"PORT": str(args.port), "SOCKET": args.socket}
    server = subprocess.Popen(args.argv, stdin=subprocess.DEVNULL, env=environment)  # noqa: S603
    gate = Gate(server, args.port, args.socket)
    streams = Streams(channel, accept=gate.connect)
    trouble = gate.await_service(args.patience)
    streams.say(b"F" if trouble else b"H", body=trouble.encode())
    try:
        if not trouble:
            # A thread, not a descriptor of the process: gVisor has none.
            threading.Thread(target=_tell_end, args=(server, streams, gate), daemon=True).start()
            while not gate.has_ended:
                streams.step()
            streams.step(0.0)  # what it said last may still be in its connections
        streams.flush(5.0)
    except (Broken, OSError):  # the client is done
        server.kill()
        server.wait()
        os._exit(0)
    server.kill()
    leave_as(server)


if __name__ == "__main__":
    main()
