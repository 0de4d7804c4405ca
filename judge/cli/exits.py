"""Exit codes of every `judge` command: scripts branch on them, so they are part of the interface."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a script learns without reading any output."""

    OK = 0  # done; a submission was accepted
    NOT_ACCEPTED = 1  # judged, but not AC, or below --min-score; a check found something
    USAGE = 2  # wrong arguments
    REFUSED = 3  # the server refused: quota, closed contest, format, unknown name
    AUTH = 4  # no token, or one that is wrong, expired or revoked
    UNAVAILABLE = 5  # the network or the server is down
    JUDGE_ERROR = 6  # the judge itself failed; the quota is given back
    NOT_INSTALLED = 7  # a part of the software is missing; the message names the extra


EPILOG = (
    "Exit codes: 0 accepted or done · 1 judged but not accepted, or below --min-score · 2 usage · "
    "3 refused by the server (quota, closed, format) · 4 token missing or invalid · "
    "5 network or server unavailable · 6 judge error · 7 a part is not installed."
)
