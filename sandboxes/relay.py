"""Carries a conversation between two connections, in one thread, within fixed memory.

Whoever does not read what it is sent makes us stop reading the other: a flood ends up in its sender's
own memory, never in ours.
"""

import os
import select
import time
from collections.abc import Callable

from sandboxes.channel import Ends
from sandboxes.conversation import ChannelRules, Conversation, Meter, Party, Reason
from sandboxes.framing import Breach, Inlet, Raw, inlet
from sandboxes.patience import Patience

CHUNK = 1 << 16
FULL = 1 << 19  # bytes that may wait for one side before the other is not read any more
LOOK_EVERY_S = 0.05  # how late a broken time limit may be noticed
GONE = select.EPOLLHUP | select.EPOLLERR


class _Ended(Exception):
    def __init__(self, party: Party, reason: Reason, detail: str = "", *, is_tie: bool = False) -> None:
        super().__init__(detail)
        self.party = party
        self.reason = reason
        self.detail = detail
        self.is_tie = is_tie


class _Side:
    """One party: its descriptors, what it says, and what waits to be read by it."""

    def __init__(self, party: Party, ends: Ends, said: Inlet) -> None:
        self.party = party
        self.ends = ends
        self.said = said
        self.outbox = bytearray()
        self.is_ended = False  # says nothing more
        self.is_deaf = False  # reads nothing more
        self.is_told = False  # shall be told that the other says nothing more
        for descriptor in (ends.in_fd, ends.out_fd):
            os.set_blocking(descriptor, False)

    @property
    def is_gone(self) -> bool:
        return self.is_ended and self.is_deaf

    def push(self, body: bytes) -> int:
        """Send what can be sent now, keep the rest; return how many bytes were taken."""
        if self.is_deaf:
            return 0
        words: bytes | bytearray = body
        if self.outbox:
            self.outbox += body
            words = self.outbox
        try:
            sent = os.write(self.ends.out_fd, words)
        except BlockingIOError:
            sent = 0
        except OSError:  # it closed its end, or died
            self.deafen()
            return 0
        if words is self.outbox:
            del self.outbox[:sent]
        elif sent < len(body):
            self.outbox += body[sent:]
        return sent

    def deafen(self) -> None:
        """Take note that it reads nothing more."""
        self.outbox.clear()
        self.is_deaf = True

    def hang_up(self) -> None:
        """Let it read the end, once it was given everything."""
        self.is_told = False
        if self.ends.shut_out():
            self.is_deaf = True


class Relay:
    """Carries one conversation.

    Args:
        ends: both connections; the caller closes them.
        rules: what may be said.
        began: `time.monotonic()` when joining began.
    """

    def __init__(self, ends: dict[Party, Ends], rules: ChannelRules, began: float) -> None:
        self.rules = rules
        self.began = began
        self.sides = {
            Party.TRUSTED: _Side(
                Party.TRUSTED,
                ends[Party.TRUSTED],
                inlet(rules.trusted, rules.content, is_for_raw=rules.is_stdio),
            ),
            Party.UNTRUSTED: _Side(
                Party.UNTRUSTED,
                ends[Party.UNTRUSTED],
                Raw(rules.untrusted, are_lines=rules.are_lines)
                if rules.is_stdio
                else inlet(rules.untrusted, rules.content),
            ),
        }
        self.patience = Patience(rules, time.monotonic())
        self.look_at = 0.0
        self.first_gone: Party | None = None
        self.poller = select.epoll()
        self.watched: dict[int, int] = {}  # descriptor → events asked for
        self.handlers: dict[int, tuple[Callable[[_Side], None], _Side]] = {}
        for side in self.sides.values():
            self.handlers[side.ends.in_fd] = (self._read, side)
            self.handlers[side.ends.out_fd] = (self._write, side)

    def run(self) -> Conversation:
        """Carry until somebody ends it."""
        try:
            for side in self.sides.values():
                if side.ends.pending:
                    self._take(side, side.ends.pending)
            while True:
                self._step()
        except _Ended as ended:
            if self.first_gone is Party.UNTRUSTED and ended.party is Party.TRUSTED:
                ended = _Ended(Party.UNTRUSTED, Reason.CLOSED)  # what came after is no part of it
            wall_time_s = time.monotonic() - self.began
            return Conversation(
                ended.party,
                ended.reason,
                self._meter(Party.TRUSTED),
                self._meter(Party.UNTRUSTED),
                wall_time_s,
                ended.detail,
                ended.is_tie,
            )
        finally:
            self.poller.close()

    def _meter(self, party: Party) -> Meter:
        said = self.sides[party].said
        waited_s = self.patience.waited_s(party, time.monotonic())
        return Meter(said.frames, said.n_bytes, said.largest_bytes, waited_s)

    def _step(self) -> None:
        now = time.monotonic()
        for side in self.sides.values():
            self._watch(side, now)
        if now >= self.look_at:
            self._look_at_the_clock(now)
        for descriptor, events in self.poller.poll(self.look_at - now):
            handle, side = self.handlers[descriptor]
            if descriptor == side.ends.out_fd and events & GONE:
                side.deafen()
                self.patience.unblocked(side.party)
            else:
                handle(side)
        self._look_for_the_end()

    def _look_at_the_clock(self, now: float) -> None:
        next_verdict = self.patience.next_verdict(now)
        if next_verdict.at <= now:
            raise _Ended(next_verdict.party, next_verdict.reason, next_verdict.detail)
        self.look_at = min(next_verdict.at, now + LOOK_EVERY_S)

    def _watch(self, side: _Side, now: float) -> None:
        """Ask for the events that matter now; a descriptor that hung up would wake us for ever."""
        is_paused = len(self.sides[side.party.other].outbox) >= FULL
        self.patience.pause(side.party, is_paused, now)
        self._ask(side.ends.in_fd, None if side.is_ended or is_paused else select.EPOLLIN)
        if side.ends.out_fd >= 0:
            wanted = select.EPOLLOUT if side.outbox else 0
            self._ask(side.ends.out_fd, None if side.is_deaf else wanted)

    def _ask(self, descriptor: int, events: int | None) -> None:
        if self.watched.get(descriptor) == events:
            return
        if events is None:
            self.poller.unregister(descriptor)
            del self.watched[descriptor]
        elif descriptor in self.watched:
            self.poller.modify(descriptor, events)
            self.watched[descriptor] = events
        else:
            self.poller.register(descriptor, events)
            self.watched[descriptor] = events

    def _read(self, side: _Side) -> None:
        try:
            chunk = os.read(side.ends.in_fd, CHUNK)
        except BlockingIOError:
            return
        except OSError:  # reset by its death
            chunk = b""
        if chunk:
            self._take(side, chunk)
            return
        other = self.sides[side.party.other]
        self._send(other, self._checked(side, side.said.finish))
        side.is_ended = other.is_told = True
        self.patience.ended(side.party, time.monotonic())

    def _take(self, side: _Side, chunk: bytes) -> None:
        n_before = side.said.frames
        words = self._checked(side, lambda: side.said.feed(chunk))
        if side.said.frames > n_before:
            self.patience.spoke(side.party, time.monotonic())
        other = self.sides[side.party.other]
        self._send(other, words)
        if side.said.is_over:  # it closed the raw side's input, and may still listen
            other.is_told = True

    def _checked(self, side: _Side, read: Callable[[], bytes]) -> bytes:
        try:
            return read()
        except Breach as breach:
            raise _Ended(side.party, breach.reason, breach.detail) from breach

    def _send(self, side: _Side, words: bytes) -> None:
        if not words:
            return
        self._note_rest(side, side.push(words))

    def _write(self, side: _Side) -> None:
        self._note_rest(side, side.push(b""))

    def _note_rest(self, side: _Side, n_taken: int) -> None:
        if side.outbox:
            self.patience.blocked(side.party, time.monotonic(), n_taken=n_taken)
        else:
            self.patience.unblocked(side.party, n_taken=n_taken)

    def _look_for_the_end(self) -> None:
        for side in self.sides.values():
            if side.is_told and not side.outbox and not side.is_deaf:
                side.hang_up()
        gone = [party for party, side in self.sides.items() if side.is_gone]
        if self.first_gone is None and gone:
            self.first_gone = gone[0]
            if len(gone) == 2:
                raise _Ended(Party.UNTRUSTED, Reason.CLOSED, is_tie=True)
        if self.first_gone is Party.TRUSTED:
            raise _Ended(Party.TRUSTED, Reason.CLOSED)
        # A program may give its last answer and go. The trusted side may still read that, and may speak on
        # without being hurt, until it is done itself.
        trusted = self.sides[Party.TRUSTED]
        if self.first_gone is Party.UNTRUSTED and (trusted.is_ended or trusted.is_deaf):
            raise _Ended(Party.UNTRUSTED, Reason.CLOSED)
