"""The closed vocabularies that columns are checked against (see DESIGN, «Words»)."""

from enum import IntEnum, StrEnum

from scoring.formats import Format
from scoring.leaderboard import Board, Policy

__all__ = [
    "FINAL_STATES",
    "RUNNING_STATES",
    "Board",
    "ContestKind",
    "EntryKind",
    "Format",
    "GpuNeed",
    "Policy",
    "Priority",
    "RejudgingState",
    "Role",
    "State",
    "Verdict",
    "one_of",
]


class Role(StrEnum):
    """What an account may do on the site."""

    CONTESTANT = "contestant"
    ORGANIZER = "organizer"
    ADMIN = "admin"


class ContestKind(StrEnum):
    """A timed competition, or a lab (the practice track is the lab without an end)."""

    COMPETITION = "competition"
    LAB = "lab"


class State(StrEnum):
    """How far a judgement is."""

    QUEUED = "queued"
    PREPARING = "preparing"
    RUNNING = "running"
    SCORING = "scoring"
    DONE = "done"
    CANCELLED = "cancelled"


RUNNING_STATES = (State.PREPARING, State.RUNNING, State.SCORING)
FINAL_STATES = (State.DONE, State.CANCELLED)


class Verdict(StrEnum):
    """How a judgement ended; null until it is done."""

    AC = "AC"
    WA = "WA"
    PE = "PE"
    CE = "CE"
    RTE = "RTE"
    TLE = "TLE"
    MLE = "MLE"
    OLE = "OLE"
    SV = "SV"
    JE = "JE"


class Ladder(StrEnum):
    """What a phase publishes of public scores: all, or only significant improvements (`scoring.ladder`)."""

    OFF = "off"
    STEP = "step"
    FREE = "free"


class Priority(IntEnum):
    """Which judgements are begun first; the smaller number is."""

    LIVE = 0
    REJUDGING = 1


class RejudgingState(StrEnum):
    """Whether a rejudging is still to be decided on."""

    OPEN = "open"
    APPLIED = "applied"
    DISCARDED = "discarded"


class EntryKind(StrEnum):
    """Whether a team competes, or is the organizer's reference: shown at its place, without a rank."""

    TEAM = "team"
    BASELINE = "baseline"


class Charge(StrEnum):
    """What a submission counts against."""

    QUOTA = "quota"  # it was scored, or is still being judged
    FAULT = "fault"  # it ended by a fault of its own: a separate, larger cap
    NONE = "none"  # our fault, cancelled before it ran, or a smoke test


class GpuNeed(StrEnum):
    """Whether judging by a problem version takes GPUs."""

    NONE = "none"
    PREFERRED = "preferred"
    REQUIRED = "required"


def one_of(column: str, words: type[StrEnum]) -> str:
    """Return the SQL of a CHECK that `column` holds one of `words`."""
    return f"{column} IN ({', '.join(repr(word.value) for word in words)})"
