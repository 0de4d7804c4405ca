"""Many connections over the one channel between two sandboxes: both ends' half of it.

A frame of the channel is one letter, a 4-byte stream number and a body:

    H           the service answers (from its side, once; stream 0)
    F text      the service will not come (from its side, once; stream 0)
    O           open a stream (from the client's side, numbers rising from 1)
    D bytes     some bytes of a stream
    E           no more bytes this way
    R           the stream is broken, both ways
    C n         n more bytes may be sent (4 bytes, big-endian)

Each end may have at most `WINDOW` bytes of a stream under way: what the other has not taken out is not
asked for, so that one slow connection neither stops the others nor fills memory. The service's side is
not trusted: whatever breaks these rules ends it all, with `Broken`.
"""

import contextlib
import os
import selectors
import socket
import struct
from collections import deque
from collections.abc import Callable

LENGTH = struct.Struct(">I")
HEAD = struct.Struct(">cI")
WINDOW = 128 * 1024
PIECE = 32 * 1024
MAX_FRAME = HEAD.size + PIECE
MAX_STREAMS = 256
FULL = 1024 * 1024  # bytes waiting for the channel before local connections are not read any more


class Broken(Exception):
    """The other side broke the protocol, or is gone."""


class _Stream:
    """One connection: a local socket, and what is under way."""

    def __init__(self, number: int, sock: socket.socket, *, is_connecting: bool = False) -> None:
        self.number = number
        self.sock = sock
        self.is_connecting = is_connecting
        self.inbox = bytearray()  # from the channel, for the local socket
        self.taken = 0  # by the local socket, not yet credited
        self.credit = WINDOW  # bytes we may still send
        self.is_local_over = False
        self.is_remote_over = False
        self.is_shut = False

    def wanted(self, is_channel_full: bool) -> int:
        """Return the selector's events to wait for."""
        if self.is_connecting:
            return selectors.EVENT_WRITE
        does_read = not self.is_local_over and self.credit > 0 and not is_channel_full
        return (selectors.EVENT_READ if does_read else 0) | (selectors.EVENT_WRITE if self.inbox else 0)


class Streams:
    """One end of the channel.

    Args:
        channel: connected; owned from now on.
        accept: makes the local connection when the other side opens a stream, or returns None to refuse
            it; on the client's side None: nothing may be opened there.
        on_notice: told of `H` and `F`, with the body.
    """

    def __init__(
        self,
        channel: socket.socket,
        *,
        accept: Callable[[], socket.socket | None] | None = None,
        on_notice: Callable[[bytes, bytes], None] | None = None,
    ) -> None:
        self._channel = channel
        self._accept = accept
        self._on_notice = on_notice
        self._said = bytearray()
        self._outbox = bytearray()
        self._streams: dict[int, _Stream] = {}
        self._last = 0  # highest number ever used
        self._selector = selectors.DefaultSelector()
        self._calls: deque[Callable[[], None]] = deque()
        self._wake_in, self._wake_out = os.pipe()
        os.set_blocking(self._wake_in, False)
        channel.setblocking(False)
        self.watch(self._wake_in, self._run_calls)

    def watch(self, descriptor: int, handle: Callable[[], None]) -> None:
        """Call `handle` whenever a descriptor can be read."""
        self._selector.register(descriptor, selectors.EVENT_READ, handle)

    def call_soon(self, function: Callable[[], None]) -> None:
        """Run a function in the loop, from any thread."""
        self._calls.append(function)
        os.write(self._wake_out, b".")

    def open(self, sock: socket.socket) -> None:
        """Open a stream for a connected local socket."""
        if len(self._streams) >= MAX_STREAMS:
            sock.close()
        else:
            self._last += 1
            self._add(_Stream(self._last, sock))
            self.say(b"O", self._last)

    def step(self, timeout_s: float | None = None) -> None:
        """Wait for something to happen, and do what is to be done.

        Raises:
            Broken: the other side is gone or broke the protocol.
        """
        self._flush()
        self._ask()
        for key, events in self._selector.select(timeout_s):
            if key.fileobj is self._channel:
                if events & selectors.EVENT_READ:
                    self._hear()
            elif isinstance(key.data, _Stream):
                if key.data.number in self._streams:
                    self._attend(key.data, events)
            else:
                key.data()
        self._flush()

    def flush(self, timeout_s: float) -> None:
        """Send what waits, before ending. Raises OSError when it is not taken in time."""
        self._channel.settimeout(timeout_s)
        self._channel.sendall(self._outbox)

    def close(self) -> None:
        """Close everything."""
        for stream in list(self._streams.values()):
            self._drop(stream)
        self._selector.close()
        self._channel.close()
        os.close(self._wake_in)
        os.close(self._wake_out)

    def _run_calls(self) -> None:
        os.read(self._wake_in, 4096)
        while self._calls:
            self._calls.popleft()()

    def _ask(self) -> None:
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._outbox else 0)
        self._register(self._channel, wanted, None)
        is_full = len(self._outbox) > FULL
        for stream in self._streams.values():
            self._register(stream.sock, stream.wanted(is_full), stream)

    def _register(self, sock: socket.socket, events: int, stream: _Stream | None) -> None:
        known = self._selector.get_map().get(sock)
        if known is None:
            if events:
                self._selector.register(sock, events, stream)
        elif not events:
            self._selector.unregister(sock)
        elif known.events != events:
            self._selector.modify(sock, events, stream)

    def _add(self, stream: _Stream) -> None:
        stream.sock.setblocking(False)
        self._streams[stream.number] = stream

    def _drop(self, stream: _Stream) -> None:
        del self._streams[stream.number]
        self._register(stream.sock, 0, None)
        stream.sock.close()

    def say(self, kind: bytes, number: int = 0, body: bytes = b"") -> None:
        """Send a frame."""
        self._outbox += LENGTH.pack(HEAD.size + len(body)) + HEAD.pack(kind, number) + body

    def _flush(self) -> None:
        while self._outbox:
            try:
                sent = self._channel.send(self._outbox[: 1 << 18])
            except BlockingIOError:
                return
            except OSError as error:
                raise Broken("the channel is closed") from error
            del self._outbox[:sent]

    def _hear(self) -> None:
        try:
            body = self._channel.recv(1 << 18)
        except OSError:  # reset; it was said to be readable
            body = b""
        if not body:
            raise Broken("the channel is closed")
        self._said += body
        at = 0
        while len(self._said) - at >= LENGTH.size:
            (size,) = LENGTH.unpack_from(self._said, at)
            if not HEAD.size <= size <= MAX_FRAME:
                raise Broken(f"frame of {size} bytes")
            end = at + LENGTH.size + size
            if len(self._said) < end:
                break
            kind, number = HEAD.unpack_from(self._said, at + LENGTH.size)
            self._heed(kind, number, bytes(self._said[at + LENGTH.size + HEAD.size : end]))
            at = end
        del self._said[:at]

    def _heed(self, kind: bytes, number: int, body: bytes) -> None:
        if kind in (b"H", b"F") and self._on_notice is not None:
            self._on_notice(kind, body)
        elif kind == b"O" and self._accept is not None:
            self._admit(number)
        elif kind not in (b"D", b"E", b"R", b"C") or number > self._last:
            raise Broken(f"unexpected {kind!r} for stream {number}")
        elif number in self._streams:  # else it was closed here meanwhile
            self._heed_stream(kind, self._streams[number], body)

    def _admit(self, number: int) -> None:
        if number <= self._last:
            raise Broken(f"stream {number} opened twice")
        self._last = number
        sock = self._accept() if self._accept is not None and len(self._streams) < MAX_STREAMS else None
        if sock is None:
            self.say(b"R", number)
        else:
            self._add(_Stream(number, sock, is_connecting=True))

    def _heed_stream(self, kind: bytes, stream: _Stream, body: bytes) -> None:
        if kind == b"D":
            stream.inbox += body
            if len(stream.inbox) + stream.taken > WINDOW or stream.is_remote_over:
                raise Broken(f"stream {stream.number} got more than was asked for")
            self._drain(stream)
        elif kind == b"C":
            stream.credit += int.from_bytes(body, "big")
            if stream.credit > WINDOW:
                raise Broken("credit for more than was sent")
        elif kind == b"E":
            stream.is_remote_over = True
            self._drain(stream)
        else:
            self._drop(stream)

    def _attend(self, stream: _Stream, events: int) -> None:
        if stream.is_connecting:
            stream.is_connecting = False
            if stream.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                self._break(stream)
                return
        if events & selectors.EVENT_WRITE:
            self._drain(stream)
        if events & selectors.EVENT_READ and stream.number in self._streams:
            self._fill(stream)

    def _fill(self, stream: _Stream) -> None:
        try:
            body = stream.sock.recv(min(PIECE, stream.credit))
        except BlockingIOError:
            return
        except OSError:
            self._break(stream)
            return
        if body:
            stream.credit -= len(body)
            self.say(b"D", stream.number, body)
            return
        stream.is_local_over = True
        self.say(b"E", stream.number)
        self._finish(stream)

    def _drain(self, stream: _Stream) -> None:
        """Give the local socket what came for it, and ask for more once it took a good part."""
        if stream.inbox and not stream.is_connecting:
            try:
                sent = stream.sock.send(stream.inbox)
            except BlockingIOError:
                return
            except OSError:
                self._break(stream)
                return
            del stream.inbox[:sent]
            stream.taken += sent
            if stream.taken >= WINDOW // 2 and not stream.is_remote_over:
                self.say(b"C", stream.number, stream.taken.to_bytes(4, "big"))
                stream.taken = 0
        self._finish(stream)

    def _finish(self, stream: _Stream) -> None:
        if stream.is_remote_over and not stream.inbox and not stream.is_connecting and not stream.is_shut:
            stream.is_shut = True
            with contextlib.suppress(OSError):  # it is gone: reading will tell
                stream.sock.shutdown(socket.SHUT_WR)
        if stream.is_shut and stream.is_local_over:
            self._drop(stream)

    def _break(self, stream: _Stream) -> None:
        self.say(b"R", stream.number)
        self._drop(stream)
