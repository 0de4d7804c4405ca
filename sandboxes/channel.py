"""The host's ends of a step's channels.

Length-prefixed frames over a Unix socket, and raw bytes over the pipes that are its stdin and stdout.
"""

import contextlib
import os
import select
import socket
import stat
import struct
import threading
import time
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from sandboxes.inside.stdio import AS_PIPES, AS_SOCKET

LENGTH = struct.Struct(">I")
HAND_OVER_S = 10.0


@dataclass(slots=True)
class Ends:
    """Both directions of a connection as descriptors, owned by whoever holds this.

    Attributes:
        in_fd: where the step's words are read.
        out_fd: where words for the step are written.
        pending: bytes that were read already.
    """

    in_fd: int
    out_fd: int
    pending: bytes = b""

    def shut_out(self) -> bool:
        """Let the step read the end of what it is sent; return whether nothing is heard of it any more.

        A socket still tells when the step closes its end; a pipe has to be closed to be ended.
        """
        if self.out_fd < 0:
            return True
        if stat.S_ISSOCK(os.fstat(self.out_fd).st_mode):
            with socket.socket(fileno=os.dup(self.out_fd)) as sock, contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_WR)
            return False
        os.close(self.out_fd)
        self.out_fd = -1
        return True

    def close(self) -> None:
        """Close both. Idempotent. Drops what was not read, else the other side would read an error."""
        if self.in_fd >= 0 and stat.S_ISSOCK(os.fstat(self.in_fd).st_mode):
            with socket.socket(fileno=os.dup(self.in_fd)) as sock, contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
                while sock.recv(1 << 20):
                    pass
        for descriptor in {self.in_fd, self.out_fd} - {-1}:
            os.close(descriptor)
        self.in_fd = self.out_fd = -1


@runtime_checkable
class Takeable(Protocol):
    """A channel or stream whose descriptors can be had, for whoever waits on several at once."""

    def take(self) -> Ends:
        """Give the connection away; this object cannot be used any more.

        Raises:
            ConnectionError: it was closed.
        """


class SocketChannel:
    """A `sandboxes.base.Channel` over a connected stream socket.

    Args:
        sock: the accepted connection. The step on its other end is not trusted.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._buffer = bytearray()
        self._send_lock = threading.Lock()

    def send(self, frame: bytes) -> None:
        """Send one frame.

        Raises:
            ConnectionError: the step is gone.
        """
        with self._send_lock:
            try:
                self._sock.settimeout(None)
                self._sock.sendall(LENGTH.pack(len(frame)) + frame)
            except OSError as error:
                raise ConnectionError("the step is gone") from error

    def receive(self, timeout_s: float, max_bytes: int) -> bytes | None:
        """Return the next frame, or None when the step closed its side.

        A frame that came in part stays buffered, so a later call goes on after a timeout.

        Raises:
            TimeoutError: nothing whole came in time.
            ValueError: the frame announces more than `max_bytes`.
        """
        deadline = time.monotonic() + timeout_s
        if not self._fill(LENGTH.size, deadline):
            return None
        (size,) = LENGTH.unpack_from(self._buffer)
        if size > max_bytes:
            raise ValueError(f"frame of {size} bytes, allowed {max_bytes}")
        if not self._fill(LENGTH.size + size, deadline):
            return None
        frame = bytes(self._buffer[LENGTH.size : LENGTH.size + size])
        del self._buffer[: LENGTH.size + size]
        return frame

    def take(self) -> Ends:
        """See `Takeable.take`."""
        with self._send_lock:
            try:
                in_fd = os.dup(self._sock.fileno())
            except OSError as error:
                raise ConnectionError("the channel is closed") from error
            self._sock.close()
            return Ends(in_fd, os.dup(in_fd), bytes(self._buffer))

    def close(self) -> None:
        """Close this end."""
        self._sock.close()

    def _fill(self, size: int, deadline: float) -> bool:
        while len(self._buffer) < size:
            remaining = deadline - time.monotonic()
            try:
                if not select.select([self._sock], [], [], max(0.0, remaining))[0]:
                    raise TimeoutError("the step said nothing in time")
                body = self._sock.recv(min(size - len(self._buffer), 1 << 20))
            except (ConnectionError, ValueError):  # reset by its death, or closed by destroy()
                return False
            if not body:
                return False
            self._buffer += body
        return True


class ChannelDoor:
    """Waits for the step to connect, or to end without having done so.

    Args:
        listener: the socket behind `/job/chan`.
    """

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self._ended = os.eventfd(0, os.EFD_CLOEXEC)
        self._lock = threading.Lock()
        self._channel: SocketChannel | None = None
        self._is_closed = False

    def accept(self) -> SocketChannel:
        """Return the channel; the first connection is the only one taken.

        Raises:
            ConnectionError: the step ended first.
        """
        with self._lock:
            if self._channel is not None:
                return self._channel
            if self._is_closed:
                raise ConnectionError("the step ended without connecting")
            ready, _, _ = select.select([self.listener.fileno(), self._ended], [], [])
            if self.listener.fileno() not in ready:
                raise ConnectionError("the step ended without connecting")
            sock, _ = self.listener.accept()
            self.listener.close()
            self._channel = SocketChannel(sock)
            return self._channel

    def end(self) -> None:
        """Say that the step is over."""
        with contextlib.suppress(OSError):
            os.eventfd_write(self._ended, 1)

    def close(self) -> None:
        """Release everything."""
        self.end()
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            self.listener.close()
            if self._channel is not None:
                self._channel.close()
            os.close(self._ended)


class PipeStream:
    """A `sandboxes.base.Stream` over the two pipes (or the one socket) behind a step's stdin and stdout.

    Args:
        ends: owned from now on.
    """

    def __init__(self, ends: Ends) -> None:
        self._ends = ends
        self._lock = threading.Lock()
        for descriptor in (ends.in_fd, ends.out_fd):
            os.set_blocking(descriptor, False)

    def send(self, body: bytes) -> None:
        """Send all of it.

        Raises:
            ConnectionError: the step is gone, or reads no more.
        """
        view = memoryview(body)
        while view:
            try:
                view = view[os.write(self._ends.out_fd, view) :]
            except BlockingIOError:
                _await(self._ends.out_fd, select.POLLOUT, None)
            except OSError as error:
                raise ConnectionError("the step is gone, or reads no more") from error

    def receive(self, timeout_s: float, max_bytes: int) -> bytes | None:
        """Return what came; None when the step closed its side. See `Stream.receive`.

        Raises:
            TimeoutError: nothing came in time.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                return os.read(self._ends.in_fd, max_bytes) or None
            except BlockingIOError:
                if not _await(self._ends.in_fd, select.POLLIN, deadline):
                    raise TimeoutError("the step said nothing in time") from None
            except OSError:  # reset by its death, or closed by destroy()
                return None

    def close_send(self) -> None:
        """Let the step read the end of its standard input. Idempotent."""
        with self._lock:
            self._ends.shut_out()

    def take(self) -> Ends:
        """See `Takeable.take`."""
        with self._lock:
            if self._ends.in_fd < 0:
                raise ConnectionError("the stream is closed")
            taken, self._ends = self._ends, Ends(-1, -1)
            return taken

    def close(self) -> None:
        """Close both ends. Idempotent."""
        with self._lock:
            self._ends.close()


def accept_stdio(listener: socket.socket) -> PipeStream:
    """Take what the supervisor has made the standard input and output of the step it will start.

    It says whether descriptors come with its one byte, and waits for that byte to come back: nothing of
    the participant's runs before. Where descriptors cannot cross (gVisor), the connection itself is used.

    Args:
        listener: the slot's socket for this; closed here.

    Raises:
        OSError: it never came, or sent something else.
    """
    with listener:
        if not select.select([listener], [], [], HAND_OVER_S)[0]:
            raise TimeoutError("the supervisor did not hand over stdin and stdout")
        connection, _ = listener.accept()
    with connection:
        connection.settimeout(HAND_OVER_S)
        said, found, _, _ = socket.recv_fds(connection, 1, 2)
        are_pipes = len(found) == 2 and all(stat.S_ISFIFO(os.fstat(item).st_mode) for item in found)
        if said not in (AS_PIPES, AS_SOCKET) or (found and not are_pipes):
            for item in found:
                os.close(item)
            raise ConnectionError(f"the supervisor handed over {said!r} with {len(found)} descriptors")
        connection.sendall(AS_PIPES if are_pipes else AS_SOCKET)
        if are_pipes:
            to_step, from_step = found
            return PipeStream(Ends(from_step, to_step))
        in_fd = connection.detach()
        return PipeStream(Ends(in_fd, os.dup(in_fd)))


def _await(descriptor: int, event: int, deadline: float | None) -> bool:
    poller = select.poll()
    poller.register(descriptor, event)
    wait_ms = None if deadline is None else max(0.0, deadline - time.monotonic()) * 1000
    return bool(poller.poll(wait_ms))
