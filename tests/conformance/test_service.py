"""A server in the untrusted sandbox, and a client in the trusted one that opens connections to it."""

import textwrap
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sandboxes import inside
from sandboxes.base import Profile, Step
from sandboxes.conversation import Conversation, Party, Reason, service_rules
from sandboxes.pairing import join
from sandboxes.results import Outcome, StepResult
from tests.conformance.conftest import SMALL

INSIDE = Path(inside.__path__[0])
LIMITS = replace(SMALL, n_processes=64, memory_mib=256, n_open_files=128, wall_time_s=30, cpu_time_s=20)
# Answers /double/N, /big and posted bodies; speaks HTTP/1.1 so that connections live on.
SERVER = """
import socketserver, sys, http.server
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self, body):
        self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        kind, _, number = self.path[1:].partition("/")
        self.answer(str(2 * int(number)).encode() if kind == "double" else bytes(3_000_000))
    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers["Content-Length"]))[::-1])
    def log_message(self, *_): pass
    def address_string(self): return ""
class TCP(http.server.ThreadingHTTPServer): request_queue_size = 64
class Unix(socketserver.ThreadingMixIn, socketserver.UnixStreamServer): request_queue_size = 64
if WHERE == "tcp": TCP(("127.0.0.1", 8000), Handler).serve_forever()
else:
    Handler.client_address = ("", 0)
    Unix("/tmp/service.sock", Handler).serve_forever()
"""
CLIENT = """
import threading, time
from service_client import Service, ServiceUnavailable
with Service.connect() as service:
"""
READY = "service.await_ready(20)\n"


@dataclass(frozen=True)
class Served:
    said: Conversation
    client: StepResult
    server: StepResult

    @property
    def at_fault(self) -> Party | None:
        return self.said.at_fault(self.client, self.server)


@pytest.fixture
def serve(provider, code_folder, tmp_path):
    def run(
        client: str, server: str, *, where: str = "tcp", is_awaited: bool = True, patience_s: float = 15
    ) -> Served:
        program = CLIENT + textwrap.indent(READY * is_awaited + textwrap.dedent(client), "    ")
        (code_folder / "client.py").write_text(program)
        (tmp_path / "server.py").write_text(f"WHERE = {where!r}\n{server}")
        near, far = (
            [(name, INSIDE / name) for name in ("streams.py", other)]
            for other in ("service_client.py", "service_gate.py")
        )
        near.append(("client.py", code_folder / "client.py"))
        sandboxes = [
            provider.create(Profile("python", LIMITS, is_trusted=is_ours, code=tuple(code)))
            for code, is_ours in ((near, True), (far, False))
        ]
        listens = ("--port", "8000") if where == "tcp" else ("--socket", "/tmp/service.sock")
        gate = (*listens, "--patience", str(patience_s), "--", "python3", "/job/in/server.py")
        try:
            sandboxes[0].start(Step(LIMITS, module="client", has_channel=True))
            sandboxes[1].start(
                Step(
                    LIMITS,
                    module="service_gate",
                    args=gate,
                    inputs={"server.py": tmp_path / "server.py"},
                    has_channel=True,
                )
            )
            said = join(*sandboxes, service_rules(total_s=25))
            client_result = sandboxes[0].wait()
            sandboxes[1].cancel()
            return Served(said, client_result, sandboxes[1].wait())
        finally:
            for sandbox in sandboxes:
                sandbox.destroy()

    return run


LOAD = """
wrong = []
def load(first):
    http = service.http(timeout_s=10)
    for number in range(first, first + 50):
        http.request("GET", f"/double/{number}")
        if http.getresponse().read() != str(2 * number).encode(): wrong.append(number)
    http.close()
threads = [threading.Thread(target=load, args=(100 * n,)) for n in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("wrong", wrong, service.failure)
"""


@pytest.mark.parametrize("where", ["tcp", "unix"])
def test_eight_connections_get_right_answers(serve, where):
    end = serve(LOAD, SERVER, where=where)
    assert end.client.stdout == b"wrong [] \n", end.client.stderr
    assert (end.client.outcome, end.at_fault, end.said.ended_by) == (Outcome.OK, None, Party.TRUSTED)
    assert end.said.trusted.frames >= 8 * 50
    assert end.said.untrusted.frames >= 8 * 50


def test_large_answers_do_not_hold_up_small_ones(serve):
    client = """
    big = service.http(timeout_s=10); big.request("GET", "/big")  # 3 MB that nobody reads yet
    small = service.http(timeout_s=5)
    for n in range(20):
        small.request("GET", f"/double/{n}"); assert small.getresponse().read() == str(2 * n).encode()
    print(len(big.getresponse().read()))
    post = service.http(timeout_s=10); body = bytes(range(256)) * 8000
    post.request("POST", "/", body); print(post.getresponse().read() == body[::-1])
    """
    end = serve(client, SERVER)
    assert end.client.stdout == b"3000000\nTrue\n", end.client.stderr
    assert end.at_fault is None


def test_any_http_library_through_a_local_port(serve):
    client = """
    import urllib.request
    host, port = service.listen()
    for n in range(5): print(urllib.request.urlopen(f"http://{host}:{port}/double/{n}", timeout=5).read())
    """
    end = serve(client, SERVER)
    assert end.client.stdout == b"b'0'\nb'2'\nb'4'\nb'6'\nb'8'\n", end.client.stderr


def test_a_half_closed_connection_is_answered(serve):
    server = """
import socket
with socket.create_server(("127.0.0.1", 8000)) as listener:
    while True:
        sock, _ = listener.accept()
        body = b""
        while more := sock.recv(1000): body += more
        sock.sendall(body[::-1]); sock.close()
"""
    client = """
    import socket
    for word in (b"", b"abc", bytes(200_000) + b"!"):
        sock = service.open(); sock.settimeout(5); sock.sendall(word); sock.shutdown(socket.SHUT_WR)
        found = b""
        while more := sock.recv(1 << 16): found += more
        assert found == word[::-1]
    print("all")
    """
    end = serve(client, server)
    assert end.client.stdout == b"all\n", end.client.stderr


REPORT = """
try:
    service.await_ready(20); print("ready")
except ServiceUnavailable as error: print(error)
"""


@pytest.mark.parametrize(
    ("server", "said"),
    [
        ("raise SystemExit(7)", b"it ended"),
        ("import os; os.abort()", b"it ended"),
        ("import time; time.sleep(30)", b"it does not listen"),
    ],
    ids=["exits", "aborts", "never-listens"],
)
def test_a_server_that_never_serves(serve, server, said):
    end = serve(REPORT, server, is_awaited=False, patience_s=1.0 if b"not" in said else 15)
    assert end.client.stdout == b"the service did not start: " + said + b"\n", end.client.stderr
    assert (end.client.outcome, end.said.is_breach) == (Outcome.OK, False)
    assert end.at_fault is not Party.TRUSTED


def test_a_server_that_dies_under_load(serve):
    client = """
    http = service.http(timeout_s=10)
    try:
        http.request("GET", "/double/1"); print(http.getresponse().read())
        http.request("GET", "/die/1"); http.getresponse()
    except OSError as error: print(isinstance(error, ConnectionError))
    time.sleep(0.5)
    try: service.open()
    except ServiceUnavailable as error: print(error)
    """
    dying = SERVER.replace(
        "        kind, _,", "        if 'die' in self.path: import os; os._exit(5)\n        kind, _,"
    )
    end = serve(client, dying)
    assert end.client.stdout.splitlines() == [b"b'2'", b"True", b"the channel is closed"], end.client.stderr
    assert (end.server.exit_code, end.said.ended_by, end.at_fault) == (5, Party.UNTRUSTED, Party.UNTRUSTED)


def test_refused_connections_close(serve):
    server = """
import socket, time
listener = socket.create_server(("127.0.0.1", 8000))
listener.accept(); listener.close(); time.sleep(20)
"""
    client = """
    for _ in range(3):
        sock = service.open(); sock.settimeout(5); print(sock.recv(10))
    """
    end = serve(client, server)
    assert end.client.stdout == b"b''\nb''\nb''\n", end.client.stderr


# Whoever holds the untrusted end can say what it likes; it speaks once the client has opened stream 1.
FORGED = """
import socket, struct, sys, time
chan = socket.socket(socket.AF_UNIX); chan.connect("/job/chan")
def say(kind, number=0, body=b""):
    chan.sendall(struct.pack(">IcI", 5 + len(body), kind, number) + body)
say(b"H"); chan.recv(100)
"""


@pytest.mark.parametrize(
    ("forgery", "reason"),
    [
        ("say(b'D', 2, bytes(32768))", b"unexpected b'D' for stream 2"),
        ("say(b'O', 2)", b"unexpected b'O' for stream 2"),
        ("say(b'?')", b"unexpected b'?' for stream 0"),
        ("chan.sendall(struct.pack('>I', 3) + b'abc')", b"frame of 3 bytes"),
        ("chan.sendall(struct.pack('>I', 99_999) + bytes(99_999))", b"frame of 99999 bytes"),
        ("while True: say(b'D', 1, bytes(32768))", b"stream 1 got more than was asked for"),
        ("say(b'C', 1, b'\\xff' * 8)", b"credit for more than was sent"),
    ],
    ids=["unasked", "opens", "unknown", "short", "long", "more-than-asked-for", "credit"],
)
def test_a_forged_gate_breaks_only_its_own_connections(provider, code_folder, forgery, reason):
    watching = "sock = service.open()\nwhile not service.failure: time.sleep(0.02)\nprint(service.failure)"
    (code_folder / "client.py").write_text(CLIENT + textwrap.indent(watching, "    "))
    names = ("streams.py", "service_client.py")
    code = (*((name, INSIDE / name) for name in names), ("client.py", code_folder / "client.py"))
    client = provider.create(Profile("python", LIMITS, is_trusted=True, code=code))
    forger = provider.create(Profile("python", LIMITS))
    try:
        client.start(Step(LIMITS, module="client", has_channel=True))
        program = f"{FORGED}{forgery}\ntime.sleep(20)"
        forger.start(Step(LIMITS, argv=("python3", "-c", program), has_channel=True))
        said = join(client, forger, service_rules(total_s=20))
        assert client.wait().stdout == reason + b"\n", client.wait().stderr
        assert (said.ended_by, said.reason) == (Party.TRUSTED, Reason.CLOSED)
    finally:
        client.destroy()
        forger.destroy()
