"""The grader's end of the channel to a contestant's process, and the protocol's definition.

A Unix stream socket. Both sides send frames: a 4-byte big-endian length and that many bytes of UTF-8
JSON. The untrusted side is `function_host.py`. It speaks first, once:

    {"hello": 1}                                     the module was imported
    {"import_error": {"type", "line", "detail"}}     it was not; nothing more follows

Then the grader asks, one call at a time, and the host answers each with the same id:

    {"id": 7, "call": "loss", "args": [...], "kwargs": {...}, "timeout_s": 10.0,
     "max_bytes": 16777216, "return_args": false}

    {"id": 7, "ok": value}                  returned; with `return_args` also "args": [...], the
                                            arguments as the call left them
    {"id": 7, "error": {"type", "line"}}    raised; line of the contestant's file, 0 if elsewhere
    {"id": 7, "missing": true}              no such function
    {"id": 7, "bad_type": "set"}            returned something that is not a value
    {"id": 7, "too_large": true}            returned more than `max_bytes`
    {"id": 7, "timeout": true}              was stopped after `timeout_s`
    {"id": 7, "died": true}                 its process ended without an answer

Values are defined in `scoring.codec`. Everything the host sends is participant data: parsed with
caps, never unpickled, and whatever breaks the protocol ends the conversation.
"""

import json
import socket
import struct
import time
from pathlib import Path
from typing import Any

_LENGTH = struct.Struct(">I")
_MAX_CHUNK = 1 << 24


class PeerGone(Exception):
    """The other side closed the connection or died."""


class PeerSilent(Exception):
    """The other side did not send a whole frame in time."""


class PeerMalformed(Exception):
    """The other side sent something that is no frame of the protocol."""


class Channel:
    """Frames of JSON over a connected socket.

    Args:
        connection: connected Unix stream socket; owned from now on.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection

    @classmethod
    def connect(cls, path: Path, timeout_s: float) -> "Channel":
        """Return a channel over the socket at `path`.

        Raises:
            OSError: nobody listens there.
        """
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(timeout_s)
        try:
            connection.connect(str(path))
        except OSError:
            connection.close()
            raise
        return cls(connection)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def send(self, frame: dict[str, Any], timeout_s: float) -> None:
        """Send one frame.

        Raises:
            PeerGone: the other side is gone.
            PeerSilent: it did not take the frame in time.
        """
        body = json.dumps(frame, allow_nan=False, separators=(",", ":")).encode()
        self._socket.settimeout(timeout_s)
        try:
            self._socket.sendall(_LENGTH.pack(len(body)) + body)
        except TimeoutError as error:
            raise PeerSilent from error
        except OSError as error:
            raise PeerGone from error

    def receive(self, timeout_s: float, max_bytes: int) -> bytes:
        """Return the bytes of the next frame.

        Raises:
            PeerGone: the other side closed.
            PeerSilent: no whole frame came in `timeout_s` seconds.
            PeerMalformed: it announces more than `max_bytes`.
        """
        deadline = time.monotonic() + timeout_s
        (length,) = _LENGTH.unpack(self._read(_LENGTH.size, deadline))
        if length > max_bytes:
            raise PeerMalformed(f"frame of {length} bytes announced")
        return self._read(length, deadline)

    def _read(self, n_bytes: int, deadline: float) -> bytes:
        chunks = bytearray()
        while len(chunks) < n_bytes:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise PeerSilent
            self._socket.settimeout(left_s)
            try:
                chunk = self._socket.recv(min(n_bytes - len(chunks), 1 << 20))
            except TimeoutError as error:
                raise PeerSilent from error
            except OSError as error:
                raise PeerGone from error
            if not chunk:
                raise PeerGone
            chunks += chunk
        return bytes(chunks)


class StreamChannel:
    """Raw bytes of a program's stdin and stdout, carried in frames: what it reads, and what it wrote.

    Args:
        connection: connected Unix stream socket; owned from now on.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._frames = Channel(connection)
        self._socket = connection
        self._buffer = bytearray()
        self._is_over = False

    @classmethod
    def connect(cls, path: Path, timeout_s: float) -> "StreamChannel":
        """Return a channel over the socket at `path`. Raises `OSError`."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(timeout_s)
        try:
            connection.connect(str(path))
        except OSError:
            connection.close()
            raise
        return cls(connection)

    def close(self) -> None:
        """Close the connection."""
        self._frames.close()

    def send(self, body: bytes, timeout_s: float) -> None:
        """Let the program read these bytes.

        Raises:
            PeerGone: it is gone.
            PeerSilent: it did not read in time.
        """
        self._socket.settimeout(timeout_s)
        try:
            self._socket.sendall(_LENGTH.pack(len(body)) + body)
        except TimeoutError as error:
            raise PeerSilent from error
        except OSError as error:
            raise PeerGone from error

    def receive_line(self, timeout_s: float, max_bytes: int) -> bytes:
        """Return the next line that the program wrote, without its end.

        Raises:
            PeerGone: it closed its output, or ended, before a whole line.
            PeerSilent: none came in time.
            PeerMalformed: it is longer than `max_bytes`.
        """
        while b"\n" not in self._buffer:
            if len(self._buffer) > max_bytes:
                raise PeerMalformed(f"a line of more than {max_bytes} bytes")
            if self._is_over:
                raise PeerGone
            chunk = self._frames.receive(timeout_s, _MAX_CHUNK)
            self._is_over = not chunk
            self._buffer += chunk
        line, _, rest = bytes(self._buffer).partition(b"\n")
        self._buffer = bytearray(rest)
        return line.rstrip(b"\r")
