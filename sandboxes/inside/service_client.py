"""Trusted side of a service: connections to a server in another sandbox, as if it were near.

    from service_client import Service

    with Service.connect() as service:
        service.await_ready(30)
        http = service.http(timeout_s=5)        # an http.client.HTTPConnection
        http.request("GET", "/")
        host, port = service.listen()           # or: any HTTP library, at http://host:port/

Standard library alone. Every connection is a real socket: one end of a pair, or of a local port, whose
other end a thread of ours carries over the channel (see `streams`). When the server's side dies or breaks
the protocol every connection is closed, and `failure` says why.
"""

import http.client
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .streams import Broken, Streams
else:
    from streams import Broken, Streams  # beside this file in /job/code

CHANNEL = "/job/chan"


class ServiceUnavailable(ConnectionError):
    """The server never listened, or its sandbox is gone."""


class HTTPConnection(http.client.HTTPConnection):
    """An HTTP connection to the service.

    Args:
        service: where to connect.
        timeout_s: for each operation.
    """

    def __init__(self, service: "Service", timeout_s: float) -> None:
        super().__init__("service", timeout=timeout_s)
        self._service = service

    def connect(self) -> None:
        """Open a stream. Called by the base class when there is none."""
        self.sock = self._service.open()
        self.sock.settimeout(self.timeout)


class Service:
    """The server in the other sandbox.

    Args:
        channel: connected; owned from now on.

    Attributes:
        failure: why there are no connections any more; empty while there are.
    """

    def __init__(self, channel: socket.socket) -> None:
        self.failure = ""
        self._is_ready = threading.Event()
        self._is_closing = False
        self._lock = threading.Lock()
        self._streams = Streams(channel, on_notice=self._note)
        self._listeners: list[socket.socket] = []
        self._thread = threading.Thread(target=self._carry, name="streams", daemon=True)
        self._thread.start()

    @classmethod
    def connect(cls, path: str = CHANNEL) -> "Service":
        """Return the service behind the step's channel."""
        channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        channel.connect(path)
        return cls(channel)

    def __enter__(self) -> "Service":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def await_ready(self, timeout_s: float) -> None:
        """Wait until the server listens.

        Raises:
            ServiceUnavailable: it did not in time, or never will.
        """
        if not self._is_ready.wait(timeout_s):
            raise ServiceUnavailable(f"no answer within {timeout_s} s")
        if self.failure:
            raise ServiceUnavailable(self.failure)

    def open(self) -> socket.socket:
        """Return a new connection to the server, as a socket.

        Raises:
            ServiceUnavailable: it is gone.
        """
        near, far = socket.socketpair()
        try:
            self._schedule(lambda: self._streams.open(far))
        except ServiceUnavailable:
            near.close()
            far.close()
            raise
        return near

    def http(self, timeout_s: float) -> HTTPConnection:
        """Return an HTTP connection; it connects when it is used."""
        return HTTPConnection(self, timeout_s)

    def listen(self) -> tuple[str, int]:
        """Open a local port whose every connection goes to the server; return its host and port."""
        listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        listener.setblocking(False)
        self._listeners.append(listener)

        def admit() -> None:
            try:
                sock, _ = listener.accept()
            except OSError:  # whoever knocked went away again
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._streams.open(sock)

        self._schedule(lambda: self._streams.watch(listener.fileno(), admit))
        host, port = listener.getsockname()
        return host, port

    def close(self) -> None:
        """End every connection and the channel. Idempotent."""
        with self._lock:
            if not self._is_closing and not self.failure:
                self._is_closing = True
                self._streams.call_soon(lambda: None)
        self._thread.join()
        for listener in self._listeners:
            listener.close()

    def _schedule(self, function: Callable[[], None]) -> None:
        with self._lock:
            if self.failure or self._is_closing:
                raise ServiceUnavailable(self.failure or "closed")
            self._streams.call_soon(function)

    def _note(self, kind: bytes, body: bytes) -> None:
        if kind == b"F":
            raise Broken(f"the service did not start: {body[:200].decode('ascii', 'replace')}")
        self._is_ready.set()

    def _carry(self) -> None:
        try:
            while not self._is_closing:
                self._streams.step()
        except Broken as error:
            with self._lock:
                self.failure = str(error) or "gone"
        finally:
            with self._lock:
                self._is_closing = True
                self._streams.close()
            self._is_ready.set()
