"""How the host and the supervisor inside a sandbox talk: typed, length-prefixed frames.

Both ends import this file. A frame is one type byte, a 4-byte big-endian length and a body. The host
treats every byte that comes out of a sandbox as hostile data, so each reader states its own cap.
"""

import json
import socket
import struct
import time
from typing import Any

HEADER = struct.Struct(">cI")
JSON = b"J"
DATA = b"D"
CANCEL = b"X"
LIVE = b"L"  # some of what a step wrote, while it still runs
MAX_JSON = 1024 * 1024
CHUNK = 1024 * 1024
SMALL = 64 * 1024


class WireError(Exception):
    """The other side broke the framing or the schema."""


class Closed(Exception):
    """The other side closed the connection."""


def send_json(sock: socket.socket, message: dict[str, Any]) -> None:
    """Send one JSON frame.

    Args:
        sock: a connected stream socket.
        message: what to send.

    Raises:
        WireError: it is larger than `MAX_JSON`.
    """
    body = json.dumps(message, separators=(",", ":")).encode()
    if len(body) > MAX_JSON:
        raise WireError(f"message of {len(body)} bytes is above the cap")
    sock.sendall(HEADER.pack(JSON, len(body)) + body)


def send_data(sock: socket.socket, body: bytes) -> None:
    """Send bytes as as many data frames as they need (none for no bytes)."""
    view = memoryview(body)
    for start in range(0, len(view), CHUNK):
        part = view[start : start + CHUNK]
        sock.sendall(HEADER.pack(DATA, len(part)))
        sock.sendall(part)


def send_report(sock: socket.socket, message: dict[str, Any], bodies: list[bytes]) -> None:
    """Send one JSON frame and then bytes; a small report is one write, so that the reader wakes once."""
    head = json.dumps(message, separators=(",", ":")).encode()
    parts = [HEADER.pack(JSON, len(head)) + head]
    if sum(map(len, bodies)) <= SMALL:
        parts += [HEADER.pack(DATA, len(body)) + body for body in bodies if body]
        bodies = []
    sock.sendall(b"".join(parts))
    for body in bodies:
        send_data(sock, body)


def receive_exactly(sock: socket.socket, size: int, deadline: float | None = None) -> bytes:
    """Read exactly `size` bytes.

    Args:
        sock: a connected stream socket.
        size: bytes wanted.
        deadline: `time.monotonic()` instant after which to give up; None waits for ever.

    Raises:
        Closed: the stream ended first.
        TimeoutError: the deadline passed.
    """
    body = bytearray(size)
    view = memoryview(body)
    done = 0
    while done < size:
        if deadline is not None:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise TimeoutError
            sock.settimeout(remaining)
        got = sock.recv_into(view[done:])
        if got == 0:
            raise Closed
        done += got
    return bytes(body)


def receive_frame(sock: socket.socket, max_bytes: int, deadline: float | None = None) -> tuple[bytes, bytes]:
    """Read one frame of any type.

    Args:
        sock: a connected stream socket.
        max_bytes: largest acceptable body.
        deadline: see `receive_exactly`.

    Returns:
        The type byte and the body.

    Raises:
        Closed: the stream ended.
        TimeoutError: the deadline passed.
        WireError: the frame announces more than `max_bytes`.
    """
    kind, size = HEADER.unpack(receive_exactly(sock, HEADER.size, deadline))
    if size > max_bytes:
        raise WireError(f"frame of {size} bytes is above the cap of {max_bytes}")
    return kind, receive_exactly(sock, size, deadline)


def receive_json(sock: socket.socket, deadline: float | None = None) -> dict[str, Any]:
    """Read one frame that must be a JSON object.

    Raises:
        Closed: the stream ended.
        TimeoutError: the deadline passed.
        WireError: it is anything else.
    """
    kind, body = receive_frame(sock, MAX_JSON, deadline)
    if kind != JSON:
        raise WireError(f"expected a JSON frame, got type {kind!r}")
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise WireError("body is not JSON") from error
    if not isinstance(message, dict):
        raise WireError("body is not a JSON object")
    return message


def receive_data(sock: socket.socket, size: int, deadline: float | None = None) -> bytes:
    """Read `size` bytes that come as data frames.

    Raises:
        Closed: the stream ended.
        TimeoutError: the deadline passed.
        WireError: a frame is of another type, empty, or overshoots `size`.
    """
    parts: list[bytes] = []
    remaining = size
    while remaining:
        kind, body = receive_frame(sock, min(CHUNK, remaining), deadline)
        if kind != DATA or not body:
            raise WireError("expected a data frame")
        parts.append(body)
        remaining -= len(body)
    return b"".join(parts)
