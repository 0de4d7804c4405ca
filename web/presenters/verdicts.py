"""States and verdicts as chips: a word, an icon and a tone, never a colour alone."""

from dataclasses import dataclass

from flask_babel import lazy_gettext

from judge.models.words import FINAL_STATES, State, Verdict


@dataclass(frozen=True, slots=True)
class Chip:
    """A small label.

    Attributes:
        code: stable word, e.g. `AC` or `running`.
        label: what it says, in the reader's language.
        icon: name of a Bootstrap icon.
        tone: class suffix of the style sheet: good, fair, bad, busy, calm.
        help: one sentence for those who meet it first.
    """

    code: str
    label: object
    icon: str
    tone: str
    help: object = ""


VERDICTS = {
    Verdict.AC: Chip(
        "AC",
        lazy_gettext("Scored"),
        "check-circle-fill",
        "good",
        lazy_gettext("It was judged and has a score."),
    ),
    Verdict.WA: Chip(
        "WA",
        lazy_gettext("Wrong answer"),
        "x-circle-fill",
        "fair",
        lazy_gettext("It ran, but some of its answers are wrong."),
    ),
    Verdict.PE: Chip(
        "PE",
        lazy_gettext("Format error"),
        "file-earmark-x-fill",
        "bad",
        lazy_gettext("What was submitted or written does not have the expected form."),
    ),
    Verdict.CE: Chip(
        "CE", lazy_gettext("Compile error"), "hammer", "bad", lazy_gettext("It could not be built.")
    ),
    Verdict.RTE: Chip(
        "RTE",
        lazy_gettext("Runtime error"),
        "exclamation-octagon-fill",
        "bad",
        lazy_gettext("It crashed while it ran."),
    ),
    Verdict.TLE: Chip(
        "TLE",
        lazy_gettext("Time limit exceeded"),
        "hourglass-bottom",
        "bad",
        lazy_gettext("It needed more time than the problem allows."),
    ),
    Verdict.MLE: Chip(
        "MLE",
        lazy_gettext("Memory limit exceeded"),
        "memory",
        "bad",
        lazy_gettext("It needed more memory than the problem allows."),
    ),
    Verdict.OLE: Chip(
        "OLE",
        lazy_gettext("Output limit exceeded"),
        "file-earmark-break-fill",
        "bad",
        lazy_gettext("It wrote more than the problem allows."),
    ),
    Verdict.SV: Chip(
        "SV",
        lazy_gettext("Security violation"),
        "shield-fill-exclamation",
        "bad",
        lazy_gettext("It tried something that is forbidden in the sandbox."),
    ),
    Verdict.JE: Chip(
        "JE",
        lazy_gettext("Judge error"),
        "tools",
        "calm",
        lazy_gettext("The fault is ours. It does not count against your quota, and an organizer is told."),
    ),
}

STATES = {
    State.QUEUED: Chip("queued", lazy_gettext("Queued"), "hourglass", "calm"),
    State.PREPARING: Chip("preparing", lazy_gettext("Preparing"), "box-seam", "busy"),
    State.RUNNING: Chip("running", lazy_gettext("Running"), "cpu", "busy"),
    State.SCORING: Chip("scoring", lazy_gettext("Scoring"), "calculator", "busy"),
    State.DONE: Chip("done", lazy_gettext("Done"), "flag", "good"),
    State.CANCELLED: Chip("cancelled", lazy_gettext("Cancelled"), "slash-circle", "calm"),
}

ROAD = (State.QUEUED, State.PREPARING, State.RUNNING, State.SCORING, State.DONE)
ROAD_OF_FILES = (State.QUEUED, State.PREPARING, State.SCORING, State.DONE)

PASSED = Chip("AC", lazy_gettext("Passed"), "check-circle-fill", "good")
NOT_RUN = Chip("", lazy_gettext("Not run"), "skip-forward-fill", "calm")
NOT_RUN_CODES = frozenset({"case-not-run", "call-not-run", "episode-not-run"})


@dataclass(frozen=True, slots=True)
class Step:
    """One station on a submission's road.

    Attributes:
        chip: its name and icon.
        progress: `past`, `now` or `ahead`.
    """

    chip: Chip
    progress: str


def present_outcome(state: str, verdict: str | None) -> Chip:
    """Return the chip of a judgement: its verdict once there is one, its state until then."""
    return VERDICTS[Verdict(verdict)] if verdict else STATES[State(state)]


def present_case(verdict: str, code: str) -> Chip:
    """Return the chip of one test.

    Args:
        verdict: of it.
        code: of its message; what was never tried is not called wrong.
    """
    if code in NOT_RUN_CODES:
        return NOT_RUN
    return PASSED if verdict == Verdict.AC else VERDICTS[Verdict(verdict)]


def present_road(state: str, kind: str = "") -> list[Step]:
    """Return the stations of a judgement in `state`.

    Args:
        state: word of the state.
        kind: of the problem: predictions are scored without anything being run.
    """
    present = State(state)
    if present == State.CANCELLED:
        return []
    road = [station for station in ROAD if kind != "predictions" or station in (present, *ROAD_OF_FILES)]
    reached = road.index(present)
    last = len(road) - 1
    return [Step(STATES[station], _progress(index, reached, last)) for index, station in enumerate(road)]


def is_final(state: str) -> bool:
    """Whether nothing will change any more."""
    return State(state) in FINAL_STATES


def _progress(index: int, reached: int, last: int) -> str:
    if index < reached or reached == last:
        return "past"
    return "now" if index == reached else "ahead"
