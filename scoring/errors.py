"""Why scoring stopped, by whose fault.

    ScoringError
    ├── SubmissionRefused     the participant's file is at fault: a REFUSED report, never a crash
    ├── ScorerMisconfigured   the request names what does not exist or does not fit: a crash (JE)
    └── ReferenceBroken       the organizer's reference is unusable: a crash (JE)

Only `SubmissionRefused` becomes a report. The others end the process with a non-zero exit, so they
are never charged to a participant.
"""

from collections.abc import Sequence

from scoring.contract import Message


class ScoringError(Exception):
    """Base of all errors of this package."""


class SubmissionRefused(ScoringError):
    """The participant's outputs cannot be scored.

    Args:
        messages: what to tell the contestant, first fault first.
    """

    def __init__(self, messages: Sequence[Message]) -> None:
        super().__init__(", ".join(message.code for message in messages))
        self.messages = tuple(messages)


class ScorerMisconfigured(ScoringError):
    """The request asks for something that does not exist or does not fit together."""


class ReferenceBroken(ScoringError):
    """The reference files are missing or malformed."""
