"""The host's end of a step's channel: length-prefixed frames over a Unix socket."""

import contextlib
import os
import select
import socket
import struct
import threading
import time

LENGTH = struct.Struct(">I")


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
