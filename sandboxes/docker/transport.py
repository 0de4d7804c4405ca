"""The client's way to the engine's socket, without leaving a socket open each time nobody listens.

The Docker library opens a socket and forgets it when connecting fails; with an engine that is away for a
while, every attempt would hold a descriptor until the garbage collector comes by.
"""

import socket
from collections.abc import Mapping

from docker.transport.unixconn import UnixHTTPAdapter, UnixHTTPConnection, UnixHTTPConnectionPool

ALL = "engine"
# Connections kept open for the next call; more are opened when more are needed, and closed again.
N_KEPT = 16


class _Connection(UnixHTTPConnection):
    """Closes what it could not connect."""

    def connect(self) -> None:
        """Connect to the engine's socket."""
        own = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        own.settimeout(self.timeout)
        try:
            own.connect(self.unix_socket)
        except OSError:
            own.close()
            raise
        self.sock = own


class _Pool(UnixHTTPConnectionPool):
    """Makes such connections."""

    # The stubs know neither urllib3's own connection type nor that a timeout may be an object.
    def _new_conn(self) -> _Connection:  # type: ignore[override]
        return _Connection(self.base_url, self.socket_path, self.timeout)  # type: ignore[arg-type]


class Adapter(UnixHTTPAdapter):
    """The library's adapter with connections that clean up after themselves."""

    def get_connection(self, url: str | bytes, proxies: Mapping[str, str] | None = None) -> _Pool:
        """Return the one pool of connections; the library would open another for every path it asks for."""
        del proxies  # there are none on the way to a local socket
        with self.pools.lock:
            pool = self.pools.get(ALL)
            if pool is None:
                pool = _Pool(str(url), self.socket_path, self.timeout, maxsize=N_KEPT)
                self.pools[ALL] = pool
            return pool
