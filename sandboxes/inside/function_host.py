"""Untrusted side of a function problem: imports a contestant's module and answers calls to it.

Runs inside the sandbox as `python -m function_host /job/in/solution.py`, with the standard library and
NumPy alone. The protocol is defined in `scoring/channel.py` and the values in `scoring/codec.py`; this is an
independent implementation, because nothing of ours is importable here. Nothing said here is believed
on the other side, so a module that tampers with this program can only fail its own tests.

Each call runs in a fork: an endless loop, a crash of the interpreter or a changed global ends or
changes that fork alone, and the next call finds the module as it was imported.
"""

import argparse
import base64
import importlib.util
import json
import math
import os
import select
import signal
import socket
import struct
import sys
import time
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

LENGTH = struct.Struct(">I")
MAX_REQUEST_BYTES = 256 * 1024 * 1024
MAX_DEPTH = 30
MAX_INT = 2**63
KINDS = (("int", (8, 16, 32, 64)), ("uint", (8, 16, 32, 64)), ("float", (16, 32, 64)))
DTYPES = frozenset({"bool", *(f"{kind}{bits}" for kind, sizes in KINDS for bits in sizes)})


class BadType(Exception):
    """A returned object is not a value that can cross the channel; the argument names its type."""


class TooLarge(Exception):
    """A returned value is larger than the grader accepts."""


def encode(value: object, budget: int, depth: int = 0) -> Any:  # noqa: ANN401  # JSON
    """Return a value as JSON; see `scoring/codec.py`.

    Args:
        value: anything a contestant's function returned.
        budget: bytes an array may have.
        depth: of the containers around it.

    Raises:
        BadType: it is no value.
        TooLarge: an array exceeds the budget.
    """
    if depth > MAX_DEPTH:
        raise BadType("list")
    if isinstance(value, list):
        return [encode(item, budget, depth + 1) for item in value]
    if isinstance(value, tuple):
        return {"$tuple": [encode(item, budget, depth + 1) for item in value]}
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {"$map": {key: encode(item, budget, depth + 1) for key, item in value.items()}}
    if isinstance(value, np.ndarray | np.generic):
        return encode_array(np.asarray(value), budget)
    return encode_scalar(value)


def encode_scalar(value: object) -> Any:  # noqa: ANN401  # JSON
    """Return a plain value as JSON."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int) and abs(value) < MAX_INT:
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"$float": str(float(value))}
    raise BadType(type(value).__name__)


def encode_array(array: "np.ndarray[Any, Any]", budget: int) -> dict[str, Any]:
    """Return an array as JSON."""
    if array.dtype.name not in DTYPES:
        raise BadType("ndarray")
    if array.nbytes > budget:
        raise TooLarge
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    data = base64.b64encode(little.tobytes()).decode("ascii")
    return {"$array": {"dtype": array.dtype.name, "shape": list(array.shape), "data": data}}


def decode(value: Any) -> Any:  # noqa: ANN401  # JSON in, any value out
    """Return the value that JSON from the grader, which is trusted, stands for."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    ((tag, body),) = value.items()
    if tag == "$tuple":
        return tuple(decode(item) for item in body)
    if tag == "$map":
        return {key: decode(item) for key, item in body.items()}
    if tag == "$float":
        return float(body)
    flat = np.frombuffer(base64.b64decode(body["data"]), dtype=np.dtype(body["dtype"]).newbyteorder("<"))
    return flat.astype(body["dtype"]).reshape(body["shape"])[()]


def read_exactly(connection: socket.socket, n_bytes: int) -> bytes | None:
    """Return that many bytes, or None at the end of the stream."""
    chunks = bytearray()
    while len(chunks) < n_bytes:
        chunk = connection.recv(min(n_bytes - len(chunks), 1 << 20))
        if not chunk:
            return None
        chunks += chunk
    return bytes(chunks)


def receive(connection: socket.socket) -> dict[str, Any] | None:
    """Return the grader's next request, or None when it closed."""
    head = read_exactly(connection, LENGTH.size)
    if head is None:
        return None
    (length,) = LENGTH.unpack(head)
    body = read_exactly(connection, length) if length <= MAX_REQUEST_BYTES else None
    if body is None:
        return None
    request: dict[str, Any] = json.loads(body)
    return request


def send(connection: socket.socket, body: bytes) -> None:
    """Send one frame."""
    connection.sendall(LENGTH.pack(len(body)) + body)


def dump(frame: dict[str, Any]) -> bytes:
    """Return a frame's bytes."""
    return json.dumps(frame, allow_nan=False, separators=(",", ":")).encode()


def blame_line(error: BaseException, path: Path) -> int:
    """Return the line of the contestant's file where an exception came from, 0 if elsewhere."""
    if isinstance(error, SyntaxError):
        return error.lineno or 0
    lines = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)
    ]
    return lines[-1] or 0 if lines else 0


def load(path: Path) -> ModuleType:
    """Import the contestant's module. Whatever it raises passes through."""
    sys.dont_write_bytecode = True
    sys.argv = [str(path)]
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location("solution", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path.name} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules["solution"] = module
    spec.loader.exec_module(module)
    return module


def answer(module: ModuleType, path: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Run one call, in the fork, and return the reply without its id."""
    function = getattr(module, request["call"], None)
    if not callable(function):
        return {"missing": True}
    args = [decode(arg) for arg in request["args"]]
    kwargs = {name: decode(value) for name, value in request["kwargs"].items()}
    try:
        value = function(*args, **kwargs)
    except BaseException as error:  # whatever a contestant raises, SystemExit too, is the answer
        traceback.print_exc()
        return {"error": {"type": type(error).__name__, "line": blame_line(error, path)}}
    budget = request["max_bytes"]
    try:
        reply = {"ok": encode(value, budget)}
        if request["return_args"]:
            reply["args"] = [encode(arg, budget) for arg in args]
    except BadType as error:
        return {"bad_type": str(error)}
    except TooLarge:
        return {"too_large": True}
    return reply


def run_fork(module: ModuleType, path: Path, request: dict[str, Any], write_end: int) -> None:
    """Answer one request from inside the fork and end it; never returns."""
    os.setsid()
    try:
        body = dump({"id": request["id"], **answer(module, path, request)})
        if len(body) > request["max_bytes"]:
            body = dump({"id": request["id"], "too_large": True})
        sys.stdout.flush()
        sys.stderr.flush()
        with os.fdopen(write_end, "wb") as pipe:
            pipe.write(LENGTH.pack(len(body)) + body)
    finally:
        os._exit(0)  # without the contestant's atexit hooks and threads


def collect(read_end: int, timeout_s: float, max_bytes: int) -> tuple[bytes | None, bool]:
    """Return the fork's reply, or None, and whether time ran out."""
    deadline = time.monotonic() + timeout_s
    chunks = bytearray()
    while True:
        if len(chunks) >= LENGTH.size:
            (length,) = LENGTH.unpack_from(chunks)
            if length > max_bytes:
                return None, False
            if len(chunks) >= LENGTH.size + length:
                return bytes(chunks[LENGTH.size : LENGTH.size + length]), False
        left_s = deadline - time.monotonic()
        if left_s <= 0 or not select.select([read_end], [], [], left_s)[0]:
            return None, True
        chunk = os.read(read_end, 1 << 20)
        if not chunk:
            return None, False
        chunks += chunk


def call(connection: socket.socket, module: ModuleType, path: Path, request: dict[str, Any]) -> bytes:
    """Run one call in a fork and return the reply's bytes."""
    read_end, write_end = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        connection.close()
        os.close(read_end)
        run_fork(module, path, request, write_end)
    os.close(write_end)
    try:
        body, is_late = collect(read_end, request["timeout_s"], request["max_bytes"])
    finally:
        os.close(read_end)
        end(pid)
    if body is not None:
        return body
    return dump({"id": request["id"], "timeout" if is_late else "died": True})


def end(pid: int) -> None:
    """Kill a fork with whatever it started in its session, and reap it."""
    for kill in (os.killpg, os.kill):  # the second in case it had no time to become a session
        try:
            kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue
    try:
        os.waitpid(pid, 0)
    except ChildProcessError:  # the contestant's module may have set SIGCHLD to be ignored
        return


def main() -> None:
    """Connect, import the module, say hello, answer until the grader closes."""
    parser = argparse.ArgumentParser(prog="python -m function_host", description=__doc__)
    parser.add_argument("solution", type=Path)
    parser.add_argument("--channel", default="/job/chan")
    args = parser.parse_args()
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(args.channel)
    try:
        module = load(args.solution)
    except BaseException as error:  # whatever a contestant's module raises is the answer
        traceback.print_exc()
        blame = {
            "type": type(error).__name__[:80],
            "line": blame_line(error, args.solution),
            "detail": str(error)[:200],
        }
        send(connection, dump({"import_error": blame}))
        return
    send(connection, dump({"hello": 1}))
    while (request := receive(connection)) is not None:
        send(connection, call(connection, module, args.solution, request))


if __name__ == "__main__":
    main()
