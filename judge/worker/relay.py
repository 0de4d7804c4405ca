"""Carries frames between a contestant's process and the grader that questions it.

The two sandboxes never meet: each has a channel to us. The contestant's side speaks once (hello),
then only answers. Nothing is parsed here; size and time are capped, and whoever breaks off is told to
the other side by closing its channel. The grader decides what that means for its tests.
"""

from contextlib import closing
from typing import Protocol, cast

from sandboxes.base import Channel, Sandbox
from scoring.contract import FunctionOptions

MIB = 1024 * 1024
MAX_QUESTION_BYTES = 256 * MIB
# The grader gives up first, and says so in its report; we only see to it that somebody does.
_PATIENCE_S = 10.0
_ENVELOPE_BYTES = 64 * 1024


class _Closable(Channel, Protocol):
    def close(self) -> None: ...


def relay(untrusted: Sandbox, trusted: Sandbox, options: FunctionOptions, *, wall_time_s: float) -> None:
    """Carry the whole conversation; returns when either side is done.

    Args:
        untrusted: runs the contestant's module; started.
        trusted: runs the grader; started.
        options: of the scorer: its time-outs and caps.
        wall_time_s: of the grader: how long its next question may take.
    """
    try:
        grader = cast(_Closable, trusted.channel())
    except ConnectionError:
        return  # the grader died before it connected: its step result says why
    with closing(grader):
        try:
            host = cast(_Closable, untrusted.channel())
        except ConnectionError:
            return
        with closing(host):
            _converse(host, grader, options, wall_time_s)


def _converse(host: Channel, grader: Channel, options: FunctionOptions, wall_time_s: float) -> None:
    max_reply = options.max_reply_mib * MIB + _ENVELOPE_BYTES
    wait_s = options.start_timeout_s + _PATIENCE_S
    while True:
        try:
            answer = host.receive(wait_s, max_reply)
        except (TimeoutError, ValueError):
            return
        if answer is None or not _sent(grader, answer):
            return
        try:
            question = grader.receive(wall_time_s, MAX_QUESTION_BYTES)
        except (TimeoutError, ValueError):
            return
        if question is None or not _sent(host, question):
            return
        wait_s = options.call_timeout_s + _PATIENCE_S


def _sent(channel: Channel, frame: bytes) -> bool:
    try:
        channel.send(frame)
    except ConnectionError:
        return False
    return True
