"""Contests as lists and pages show them."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext, lazy_gettext

from judge.models import Contest, Phase
from web.i18n import localised
from web.presenters.verdicts import Chip

PRACTICE = "practice"

STATUS = {
    "upcoming": Chip("upcoming", lazy_gettext("Not started"), "calendar-event", "calm"),
    "running": Chip("running", lazy_gettext("In progress"), "broadcast", "good"),
    "late": Chip("late", lazy_gettext("Taking late submissions"), "hourglass-split", "calm"),
    "break": Chip("break", lazy_gettext("Between phases"), "pause-circle", "calm"),
    "ended": Chip("ended", lazy_gettext("Ended"), "flag-fill", "calm"),
}


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """One phase.

    Attributes:
        name: in the reader's language.
        starts_at: or None for «always».
        ends_at: or None for «never».
        reveal_at: when private scores show, or None.
        quota_per_day: submissions per team, problem and day, or None.
        quota_total: submissions per team and problem in the phase, or None.
        status: `upcoming`, `running`, `late` or `ended`.
        renews_at: o'clock at which a day of the quota begins, with the zone; empty without a quota a day.
        quota_concurrent: submissions that may wait or run at one time, or None.
        late_until: until when late submissions are taken, or None.
        late_penalty: share of the score that a late day costs.
        grace_days: late days that cost nothing, per team.
    """

    name: str
    starts_at: datetime | None
    ends_at: datetime | None
    reveal_at: datetime | None
    quota_per_day: int | None
    quota_total: int | None
    status: str
    renews_at: str = ""
    quota_concurrent: int | None = None
    late_until: datetime | None = None
    late_penalty: float = 0.0
    grace_days: int = 0


@dataclass(frozen=True, slots=True)
class ContestCard:
    """A contest in a list, and the head of its page.

    Attributes:
        slug: for its address.
        name: in the reader's language.
        summary: a few lines.
        chip: its status.
        starts_at: of the first phase.
        ends_at: of the last phase.
        next_at: what the countdown runs to, or None.
        next_label: what happens then.
        n_problems: how many are set.
        phases: all of them.
        is_running: whether submissions are taken.
    """

    slug: str
    name: str
    summary: str
    chip: Chip
    starts_at: datetime | None
    ends_at: datetime | None
    next_at: datetime | None
    next_label: str
    n_problems: int
    phases: list[PhaseRow]
    is_running: bool


def present_contest_card(contest: Contest, *, now: datetime) -> ContestCard:
    """Return a contest with its phases and problems as seen at `now`."""
    phases = [present_phase(phase, now=now) for phase in contest.phases]
    status = contest_status(phases)
    next_at, next_label = _countdown(phases, status)
    return ContestCard(
        slug=contest.slug,
        name=localised(contest.names) or contest.slug,
        summary=localised(contest.summaries),
        chip=STATUS[status],
        starts_at=phases[0].starts_at if phases else None,
        ends_at=phases[-1].ends_at if phases else None,
        next_at=next_at,
        next_label=next_label,
        n_problems=len(contest.problems),
        phases=phases,
        is_running=status in {"running", "late"},
    )


def present_phase(phase: Phase, *, now: datetime) -> PhaseRow:
    """Return a phase as seen at `now`."""
    if phase.starts_at is not None and now < phase.starts_at:
        status = "upcoming"
    elif phase.ends_at is not None and now >= phase.ends_at:
        status = "late" if phase.late_until is not None and now < phase.late_until else "ended"
    else:
        status = "running"
    return PhaseRow(
        localised(phase.names),
        phase.starts_at,
        phase.ends_at,
        phase.reveal_at,
        phase.quota_per_day,
        phase.quota_total,
        status,
        renews_at=f"{phase.quota_renews_h}:00 {phase.quota_zone}" if phase.quota_per_day else "",
        quota_concurrent=phase.quota_concurrent,
        late_until=phase.late_until,
        late_penalty=phase.late_penalty_per_day,
        grace_days=phase.grace_days,
    )


def contest_status(phases: list[PhaseRow]) -> str:
    """Return the status of a contest from those of its phases."""
    statuses = [phase.status for phase in phases]
    if "running" in statuses:
        return "running"
    if "late" in statuses:
        return "late"
    if not statuses or all(status == "upcoming" for status in statuses):
        return "upcoming"
    return "break" if "upcoming" in statuses else "ended"


def _countdown(phases: list[PhaseRow], status: str) -> tuple[datetime | None, str]:
    if status == "running":
        running = next(phase for phase in phases if phase.status == "running")
        return running.ends_at, gettext("Ends in")
    if status == "late":
        return max(phase.late_until for phase in phases if phase.late_until), gettext("Closes in")
    if status in ("upcoming", "break"):
        waiting = next((phase for phase in phases if phase.status == "upcoming"), None)
        return (waiting.starts_at if waiting else None), gettext("Starts in")
    return None, ""
