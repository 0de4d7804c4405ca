"""What the pages of running a contest show."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flask import url_for
from flask_babel import gettext

from judge.models import Contest, Entry, Phase
from judge.models.words import EntryKind
from judge.services import entries
from web.blueprints.conducting.forms import RulesForm
from web.i18n import localised

if TYPE_CHECKING:
    from judge.db.session import Session

PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class Act:
    """A button: what it does, whether it is dangerous."""

    word: str
    label: str
    icon: str


@dataclass(frozen=True, slots=True)
class PhasePart:
    """A phase's rules, and what can be done with its board now."""

    position: int
    name: str
    form: RulesForm
    acts: list[Act]
    state: str
    is_final: bool


@dataclass(frozen=True, slots=True)
class TeamLine:
    """A team that takes part."""

    name: str
    url: str
    status: str
    is_baseline: bool
    tracks: list[str]


def present_phase(phase: Phase, *, now: datetime, is_admin: bool, form: RulesForm | None) -> PhasePart:
    """Return a phase's part of the page; `form` is what was sent, if it was this one."""
    given = {
        "policy": phase.policy,
        "n_selected": phase.n_selected,
        "freeze_at": phase.freeze_at and phase.freeze_at.astimezone(UTC).replace(tzinfo=None, microsecond=0),
    }
    is_frozen = phase.freeze_at is not None and phase.freeze_at <= now and phase.thawed_at is None
    return PhasePart(
        position=phase.position,
        name=localised(phase.names),
        form=form or RulesForm(None, data=given),
        acts=_acts(phase, is_frozen=is_frozen, is_admin=is_admin, now=now),
        state=_state(phase, is_frozen=is_frozen),
        is_final=phase.finalized_at is not None,
    )


def _acts(phase: Phase, *, is_frozen: bool, is_admin: bool, now: datetime) -> list[Act]:
    if phase.finalized_at is not None:
        return [Act("reopen", gettext("Open the results again"), "unlock")] if is_admin else []
    if phase.closes_at is not None and phase.closes_at <= now:
        final = [Act("finalize", gettext("Make the results final"), "flag-fill")]
    else:
        final = []
    if is_frozen:
        return [Act("thaw", gettext("Thaw the board"), "sun"), *final]
    return final or [Act("freeze", gettext("Freeze the board now"), "snow")]


def _state(phase: Phase, *, is_frozen: bool) -> str:
    if phase.finalized_at is not None:
        return str(gettext("The results are final."))
    if is_frozen:
        return str(gettext("Contestants see the board as it was when it froze; you see it live."))
    return ""


def present_teams(session: "Session", contest: Contest, found: list[Entry]) -> list[TeamLine]:
    """Return who takes part."""
    tracks = entries.tracks_of(session, found)
    names = {track.slug: localised(track.names) for track in entries.list_tracks(session, contest)}
    return [
        TeamLine(
            name=entry.team.name,
            url=url_for("conducting.team", slug=contest.slug, team_id=entry.team_id),
            status=status_of(entry),
            is_baseline=entry.kind == EntryKind.BASELINE,
            tracks=[names[slug] for slug in tracks.get(entry.id, ())],
        )
        for entry in found
    ]


def status_of(entry: Entry) -> str:
    """Return `in`, `disqualified` or `withdrawn`."""
    if entry.disqualified_at is not None:
        return "disqualified"
    return "in" if entry.withdrawn_at is None else "withdrawn"


def format_fields(contest: Contest) -> dict[str, Any]:
    """Return what the form of the format holds at first."""
    return {
        "format": contest.format,
        "problems": [
            {"slug": one.problem.slug, "zero": one.zero_score, "full": one.full_score, "points": one.points}
            for one in contest.problems
        ],
    }
