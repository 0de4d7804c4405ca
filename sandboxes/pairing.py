"""Joins a trusted and an untrusted sandbox, with the host in the middle.

The two never meet: each has a connection to us alone. We carry what one says to the other within the
rules of the conversation, measure both by our own clock, and say who ended it. The carrying is in
`sandboxes.relay`, the rules and the result in `sandboxes.conversation`.
"""

import threading
import time

from sandboxes.base import Sandbox
from sandboxes.channel import Ends, Takeable
from sandboxes.conversation import ChannelRules, Conversation, Party, Reason
from sandboxes.relay import Relay


def join(trusted: Sandbox, untrusted: Sandbox, rules: ChannelRules) -> Conversation:
    """Carry the whole conversation of two started steps; return when it is over.

    Afterwards the untrusted step is being ended, unless it went by itself, and so is the trusted one if
    it broke the rules; otherwise it reads the end of its channel and may still write its report. Ask both
    for their results, then `Conversation.at_fault`.

    Args:
        trusted: its step has a channel.
        untrusted: its step has a channel, or with `rules.is_stdio` a stdio channel.
        rules: what may be said.
    """
    began = time.monotonic()
    parties = {Party.TRUSTED: trusted, Party.UNTRUSTED: untrusted}
    ends: dict[Party, Ends] = {}
    try:
        for party, sandbox in parties.items():
            try:
                is_stdio = rules.is_stdio and party is Party.UNTRUSTED
                ends[party] = _connect(sandbox, is_stdio, rules.of(party).start_s)
            except _NeverCame as absence:
                ended = Conversation(
                    party, absence.reason, wall_time_s=time.monotonic() - began, detail=str(absence)
                )
                break
        else:
            ended = Relay(ends, rules, began).run()
    finally:
        for end in ends.values():
            end.close()
    is_done = ended.ended_by is Party.TRUSTED and not rules.may_outlast
    if is_done or ended.is_breach:
        untrusted.cancel()
    if ended.ended_by is Party.TRUSTED and ended.is_breach:
        trusted.cancel()
    return ended


class _NeverCame(Exception):
    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def _connect(sandbox: Sandbox, is_stdio: bool, patience_s: float) -> Ends:
    is_late = threading.Event()

    def lose_patience() -> None:
        is_late.set()
        sandbox.cancel()

    timer = threading.Timer(patience_s, lose_patience)
    timer.daemon = True
    timer.start()
    try:
        channel = sandbox.stdio() if is_stdio else sandbox.channel()
        if not isinstance(channel, Takeable):
            raise TypeError(f"a {type(channel).__name__} cannot be joined")
        return channel.take()
    except ConnectionError as error:
        if is_late.is_set():
            raise _NeverCame(Reason.SILENT, f"did not connect within {patience_s} s") from error
        raise _NeverCame(Reason.ABSENT, "ended without connecting") from error
    finally:
        timer.cancel()
