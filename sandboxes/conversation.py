"""What two joined sandboxes may say to one another, and what is known when it is over.

Words only: the rules of a conversation, its meters, its end, and whose fault that end is. The carrying
itself is in `sandboxes.pairing`.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from sandboxes.results import Outcome, StepResult

MIB = 1024 * 1024
MAX_JSON_FRAME = MIB


class Party(StrEnum):
    """The two ends of a conversation; the host is between them."""

    TRUSTED = "trusted"
    UNTRUSTED = "untrusted"

    @property
    def other(self) -> "Party":
        """The one on the other end."""
        return Party.UNTRUSTED if self is Party.TRUSTED else Party.TRUSTED


class Reason(StrEnum):
    """Why a conversation ended. All but `CLOSED` and `ABSENT` break its rules."""

    CLOSED = "closed"  # ended its side between two messages: it was done, or its process died
    ABSENT = "absent"  # its step ended without ever connecting
    CUT = "cut"  # ended in the middle of a frame
    SILENT = "silent"  # owed a message for longer than it may think
    SLOW = "slow"  # used up its time in total, or the larger part of the conversation's
    NOT_READING = "not_reading"  # did not take what it was sent
    FRAME_SIZE = "frame_size"  # announced a frame, or wrote a line, above the cap
    TOO_MANY_BYTES = "too_many_bytes"
    TOO_MANY_FRAMES = "too_many_frames"
    GARBAGE = "garbage"  # not JSON where JSON was asked for, or words after its own end


# What a participant's step would be said to have done, had a limit of the sandbox seen it.
_OUTCOMES = {
    Reason.CUT: Outcome.EXIT,
    Reason.SILENT: Outcome.WALL_TIME,
    Reason.SLOW: Outcome.WALL_TIME,
    Reason.NOT_READING: Outcome.WALL_TIME,
    Reason.FRAME_SIZE: Outcome.OUTPUT_FLOOD,
    Reason.TOO_MANY_BYTES: Outcome.OUTPUT_FLOOD,
    Reason.TOO_MANY_FRAMES: Outcome.OUTPUT_FLOOD,
    Reason.GARBAGE: Outcome.SECURITY,
}


class Content(StrEnum):
    """What a frame holds."""

    BYTES = "bytes"  # anything; carried as it comes, so that the host's memory does not depend on its size
    JSON = "json"  # one JSON text in UTF-8 without NaN; the host looks at it before it is handed on


@dataclass(frozen=True, slots=True)
class SideRules:
    """What one side may do.

    Attributes:
        max_frame_bytes: largest frame; of raw bytes the longest line.
        max_bytes: of all frames together.
        max_frames: number of frames; of raw bytes the number of lines.
        start_s: seconds until it has connected; also until its first message, if it is to speak first or
            speaks raw bytes, where no connection says that the program is up.
        silence_s: seconds it may think about one message, or leave unread what it was sent.
        waited_s: seconds it may think in total.
    """

    max_frame_bytes: int = MIB
    max_bytes: int = 256 * MIB
    max_frames: int = 1_000_000
    start_s: float = 30.0
    silence_s: float = 10.0
    waited_s: float = 600.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if not getattr(self, name) > 0:
                raise ValueError(f"rule {name} must be positive, got {getattr(self, name)}")
        if self.max_frame_bytes >= 1 << 32:
            raise ValueError("a frame's length has four bytes")


@dataclass(frozen=True, slots=True)
class ChannelRules:
    """What is carried between the two, and how much of it.

    The trusted side always speaks frames (a 4-byte big-endian length and that many bytes). If the
    untrusted one speaks raw bytes, each frame from the trusted side goes to its standard input without
    its length, and what it writes comes as frames of whatever was read at once; an empty frame means
    the end of standard input or output.

    Attributes:
        trusted, untrusted: of each side.
        total_s: of the whole conversation, from the moment both are connected.
        first: who speaks first, so that silence before the first message is laid at the right door.
        is_stdio: the untrusted side speaks raw bytes over its stdin and stdout (`has_stdio_channel`).
        are_lines: with `is_stdio`: a message is a whole line, so that a program which dribbles single
            bytes is silent all the same. False for programs that speak no lines.
        content: of frames; raw bytes are never looked at.
        may_outlast: the untrusted step may go on within its own limits when the trusted one is done; without
            it, it is ended then.
    """

    trusted: SideRules = field(default_factory=SideRules)
    untrusted: SideRules = field(default_factory=SideRules)
    total_s: float = 600.0
    first: Party = Party.TRUSTED
    is_stdio: bool = False
    are_lines: bool = True
    content: Content = Content.BYTES
    may_outlast: bool = False

    def __post_init__(self) -> None:
        if not self.total_s > 0:
            raise ValueError(f"rule total_s must be positive, got {self.total_s}")
        sides = (self.trusted,) if self.is_stdio else (self.trusted, self.untrusted)
        if self.content is Content.JSON and any(side.max_frame_bytes > MAX_JSON_FRAME for side in sides):
            # Parsed JSON takes some fifty times its size, and it is the host's memory.
            raise ValueError(f"a JSON frame may have at most {MAX_JSON_FRAME} bytes")

    def of(self, party: Party) -> SideRules:
        """Return one side's rules."""
        return self.trusted if party is Party.TRUSTED else self.untrusted


def service_rules(*, total_s: float, start_s: float = 30.0, max_bytes: int = 1024 * MIB) -> ChannelRules:
    """Return rules for a load client and a server behind a gate (`sandboxes.inside.service_gate`).

    Which answer is waited for, and for how long, only the client knows: silence is its affair.

    Args:
        total_s: of the whole conversation.
        start_s: for the server to listen.
        max_bytes: each way.
    """
    client = SideRules(max_bytes=max_bytes, start_s=start_s, silence_s=total_s, waited_s=total_s)
    server = replace(client, start_s=2 * start_s)  # the gate says itself when its server is late
    return ChannelRules(client, server, total_s=total_s, first=Party.UNTRUSTED)


@dataclass(frozen=True, slots=True)
class Meter:
    """What one side sent, measured by the host.

    Attributes:
        frames: whole frames; of raw bytes whole lines (or pieces, without `are_lines`).
        n_bytes: of all frames, without their lengths.
        largest_bytes: of the largest frame or line.
        waited_s: seconds the conversation waited for it, from the other's last message to its next.
    """

    frames: int = 0
    n_bytes: int = 0
    largest_bytes: int = 0
    waited_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Conversation:
    """How a conversation went.

    Attributes:
        ended_by: whose end, or whose breach of the rules, was seen first.
        reason: see `Reason`.
        trusted, untrusted: what each side sent.
        wall_time_s: from the start of joining.
        detail: one line for administrators.
        is_tie: both were found closed at one look, so nobody can say who was first.
    """

    ended_by: Party
    reason: Reason
    trusted: Meter = field(default_factory=Meter)
    untrusted: Meter = field(default_factory=Meter)
    wall_time_s: float = 0.0
    detail: str = ""
    is_tie: bool = False

    @property
    def is_breach(self) -> bool:
        """Whether `ended_by` broke a rule, rather than ended."""
        return self.reason not in (Reason.CLOSED, Reason.ABSENT)

    @property
    def outcome(self) -> Outcome | None:
        """The outcome that the untrusted side's breach amounts to; None if there was none."""
        if self.ended_by is Party.TRUSTED:
            return None
        return _OUTCOMES.get(self.reason)

    def at_fault(self, trusted: StepResult, untrusted: StepResult) -> Party | None:
        """Say who is to blame, once both steps are over.

        A participant is charged only when nothing else can explain the end: what happens to it after
        the trusted side went is not its doing.

        Args:
            trusted: result of the trusted step.
            untrusted: result of the untrusted one.

        Returns:
            None when both did what they should; the trusted side's words then count.
        """
        if self.is_breach:
            return self.ended_by
        is_orderly = trusted.outcome in (Outcome.OK, Outcome.CANCELLED)
        if self.ended_by is Party.TRUSTED or (self.is_tie and not is_orderly):
            return None if is_orderly and self.reason is not Reason.ABSENT else Party.TRUSTED
        if untrusted.outcome is Outcome.WALL_TIME and self.untrusted.waited_s < self.trusted.waited_s:
            return Party.TRUSTED  # its time ran out while it waited for us
        if untrusted.outcome not in (Outcome.OK, Outcome.CANCELLED):
            return Party.UNTRUSTED
        if is_orderly:
            return None
        # It was left alone in mid-sentence and gave up with an exit code: not a fault of its own. A
        # limit or a signal is.
        return Party.UNTRUSTED if trusted.outcome is Outcome.EXIT else Party.TRUSTED
