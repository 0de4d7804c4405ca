"""Calls a contestant's functions over the channel and turns every way to fail into a verdict.

Nothing here raises on account of the other side except `CallFailed`, which carries the verdict. Once the
conversation broke, every further call fails at once.
"""

import builtins
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scoring import codec
from scoring.channel import Channel, PeerGone, PeerMalformed, PeerSilent
from scoring.contract import CaseVerdict, Message
from scoring.faults import echo

_GRACE_S = 2.0  # the host stops a slow call itself; this is how late its word may come
_MAX_HELLO_BYTES = 64 * 1024
_MAX_LINE = 1_000_000
_MIB = 1024 * 1024


_FAILURES = {
    "missing": (CaseVerdict.RTE, "function-missing"),
    "died": (CaseVerdict.RTE, "call-died"),
    "timeout": (CaseVerdict.TLE, "call-timeout"),
    "too_large": (CaseVerdict.PE, "reply-too-large"),
}


class CallFailed(Exception):
    """A call, or a check of its result, decides the test.

    Args:
        verdict: of the test.
        message: for the contestant.
    """

    def __init__(self, verdict: CaseVerdict, message: Message) -> None:
        super().__init__(message.code)
        self.verdict = verdict
        self.message = message


class StartFailed(Exception):
    """The contestant's module never became ready.

    Args:
        message: for the contestant.
    """

    def __init__(self, message: Message) -> None:
        super().__init__(message.code)
        self.message = message


@dataclass(frozen=True, slots=True)
class Returned:
    """What a call gave back.

    Attributes:
        value: decoded; any type of `scoring.codec`.
        args: the arguments as the call left them, if asked for.
    """

    value: Any
    args: tuple[Any, ...] = ()


def _exception_name(name: object) -> str:
    """Return the name of a built-in exception, else `Exception`.

    A name chosen by the contestant's code could carry hidden inputs out.
    """
    kind = getattr(builtins, name, None) if isinstance(name, str) else None
    is_exception = isinstance(kind, type) and issubclass(kind, BaseException)
    return kind.__name__ if is_exception and kind is not None else "Exception"


def _line(value: object) -> int:
    return value if type(value) is int and 0 <= value <= _MAX_LINE else 0


class Peer:
    """The contestant's process.

    Args:
        channel: connected.
        call_timeout_s: for each call.
        max_reply_mib: largest reply frame.
    """

    def __init__(self, channel: Channel, *, call_timeout_s: float, max_reply_mib: int) -> None:
        self._channel = channel
        self._timeout_s = call_timeout_s
        self._max_mib = max_reply_mib
        self._next_id = 0
        self._is_broken = False
        self.last_function = ""

    def await_hello(self, timeout_s: float) -> None:
        """Wait until the module is imported.

        Raises:
            StartFailed: it was not.
        """
        try:
            frame = codec.parse(self._channel.receive(timeout_s, _MAX_HELLO_BYTES))
        except PeerGone:
            raise StartFailed(Message(code="host-ended")) from None
        except PeerSilent:
            raise StartFailed(Message(code="host-silent", params={"limit_s": timeout_s})) from None
        except (PeerMalformed, codec.Malformed):
            raise StartFailed(Message(code="host-protocol")) from None
        error = frame.get("import_error")
        if isinstance(error, dict):
            # No hidden input has been sent yet, so the contestant's own words are harmless here.
            params: dict[str, str | int | float] = {
                "type": echo(str(error.get("type", ""))),
                "line": _line(error.get("line")),
                "detail": echo(str(error.get("detail", ""))),
            }
            raise StartFailed(Message(code="import-failed", params=params))
        if frame.get("hello") != 1:
            raise StartFailed(Message(code="host-protocol"))

    def call(
        self, function: str, args: Sequence[Any], kwargs: Mapping[str, Any], *, return_args: bool = False
    ) -> Returned:
        """Call one function and return what it returned.

        Args:
            function: name in the contestant's module.
            args: values of `scoring.codec`.
            kwargs: the same, by name.
            return_args: also bring back the arguments after the call.

        Raises:
            CallFailed: it raised, took too long, died, or its reply is no value.
        """
        self.last_function = function
        if self._is_broken:
            raise self._failure(CaseVerdict.RTE, "call-not-run")
        self._next_id += 1
        request = {
            "id": self._next_id,
            "call": function,
            "args": [codec.encode(arg) for arg in args],
            "kwargs": {name: codec.encode(value) for name, value in kwargs.items()},
            "timeout_s": self._timeout_s,
            "max_bytes": self._max_mib * _MIB,
            "return_args": return_args,
        }
        frame = self._exchange(request)
        return self._read_reply(frame, n_args=len(args) if return_args else 0)

    def _exchange(self, request: dict[str, Any]) -> dict[str, Any]:
        deadline = time.monotonic() + self._timeout_s + _GRACE_S
        try:
            self._channel.send(request, self._timeout_s + _GRACE_S)
            left_s = max(0.01, deadline - time.monotonic())
            raw = self._channel.receive(left_s, self._max_mib * _MIB)
        except PeerGone:
            raise self._broken(CaseVerdict.RTE, "call-died") from None
        except PeerSilent:
            raise self._broken(CaseVerdict.TLE, "call-timeout", limit_s=self._timeout_s) from None
        except PeerMalformed:
            raise self._broken(CaseVerdict.PE, "reply-too-large", limit_mib=self._max_mib) from None
        try:
            frame = codec.parse(raw)
        except codec.Malformed:
            raise self._failure(CaseVerdict.PE, "reply-malformed") from None
        if type(frame.get("id")) is not int or frame["id"] != request["id"]:
            raise self._broken(CaseVerdict.PE, "reply-malformed")
        return frame

    def _read_reply(self, frame: dict[str, Any], *, n_args: int) -> Returned:
        if "ok" not in frame:
            raise self._read_failure(frame)
        try:
            args = codec.decode(frame.get("args", []))
            returned = Returned(codec.decode(frame["ok"]), tuple(args) if isinstance(args, list) else ())
        except codec.Malformed:
            raise self._failure(CaseVerdict.PE, "reply-malformed") from None
        if len(returned.args) != n_args:
            raise self._failure(CaseVerdict.PE, "reply-malformed")
        return returned

    def _read_failure(self, frame: dict[str, Any]) -> CallFailed:
        error = frame.get("error")
        if isinstance(error, dict):
            line, name = _line(error.get("line")), _exception_name(error.get("type"))
            if line:
                return self._failure(CaseVerdict.RTE, "call-raised", type=name, line=line)
            return self._failure(CaseVerdict.RTE, "call-raised-elsewhere", type=name)
        if "bad_type" in frame:
            return self._failure(CaseVerdict.PE, "reply-type", found=_type_name(frame["bad_type"]))
        for key, (verdict, code) in _FAILURES.items():
            if key in frame:
                return self._failure(verdict, code, limit_s=self._timeout_s, limit_mib=self._max_mib)
        return self._failure(CaseVerdict.PE, "reply-malformed")

    def _failure(self, verdict: CaseVerdict, code: str, **params: str | int | float) -> CallFailed:
        return CallFailed(verdict, Message(code=code, params={"function": self.last_function, **params}))

    def _broken(self, verdict: CaseVerdict, code: str, **params: str | int | float) -> CallFailed:
        self._is_broken = True
        return self._failure(verdict, code, **params)


_KNOWN_TYPES = frozenset(
    (
        *("set", "frozenset", "bytes", "bytearray", "complex", "generator", "function", "type", "module"),
        *("range", "map", "filter", "zip", "DataFrame", "Series", "Tensor", "int", "dict", "list", "ndarray"),
    )
)


def _type_name(name: object) -> str:
    """Return a well-known type's name, else `object`: like exceptions, names could carry data out."""
    return name if isinstance(name, str) and name in _KNOWN_TYPES else "object"
