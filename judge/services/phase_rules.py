"""What may be said of a phase: its bounds, quotas, lateness and ladder, and whether they make sense."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from judge.errors import InvalidInput
from judge.models import Phase
from judge.models.words import Ladder


@dataclass(frozen=True, slots=True)
class PhaseDraft:
    """A phase to be made; bounds are aware instants or open."""

    names: Mapping[str, str]
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    reveal_at: datetime | None = None
    quota_per_day: int | None = None
    quota_total: int | None = None
    ladder: Ladder = Ladder.OFF
    ladder_step: float | None = None
    quota_faults_per_day: int | None = None
    quota_concurrent: int | None = None
    quota_renews_h: int = 0
    quota_zone: str = "UTC"
    late_until: datetime | None = None
    late_penalty_per_day: float = 0.0
    grace_days: int = 0


def draft_with(phase: Phase, changes: Mapping[str, object]) -> PhaseDraft:
    """Return a phase as a draft in which some of the fields are others.

    Private scores that show as the phase closes go on doing so when that moves.
    """
    now = {one.name: getattr(phase, one.name) for one in fields(PhaseDraft)}
    draft = replace(PhaseDraft(**{**now, "ladder": Ladder(phase.ladder)}), **changes)  # type: ignore[arg-type]
    is_at_the_end = phase.reveal_at is not None and phase.reveal_at in (phase.ends_at, phase.late_until)
    if is_at_the_end and "reveal_at" not in changes:
        return replace(draft, reveal_at=draft.late_until or draft.ends_at)
    return draft


def fill_phase(phase: Phase, draft: PhaseDraft) -> None:
    """Write a draft's values into a phase."""
    phase.names = dict(draft.names)
    phase.starts_at, phase.ends_at, phase.reveal_at = draft.starts_at, draft.ends_at, draft.reveal_at
    phase.quota_per_day, phase.quota_total = draft.quota_per_day, draft.quota_total
    phase.ladder = draft.ladder.value
    phase.ladder_step = draft.ladder_step if draft.ladder is Ladder.STEP else None
    phase.quota_faults_per_day, phase.quota_concurrent = draft.quota_faults_per_day, draft.quota_concurrent
    phase.quota_renews_h, phase.quota_zone = draft.quota_renews_h, draft.quota_zone
    phase.late_until, phase.grace_days = draft.late_until, draft.grace_days
    phase.late_penalty_per_day = draft.late_penalty_per_day


def check_phases(phases: Sequence[PhaseDraft]) -> None:
    """Refuse phases that make no sense.

    Raises:
        InvalidInput: none at all, times out of order, or a quota below one.
    """
    if not phases:
        raise InvalidInput(fields={"phases": "A contest needs at least one phase."})
    for draft in phases:
        if draft.starts_at and draft.ends_at and draft.starts_at >= draft.ends_at:
            raise InvalidInput(fields={"phases": "A phase must end after it starts."})
        if draft.reveal_at and draft.ends_at and draft.reveal_at < draft.ends_at:
            raise InvalidInput(fields={"phases": "Private scores cannot show before the phase ends."})
        _check_quotas(draft)
        _check_lateness(draft)
        if draft.ladder is Ladder.STEP and not (draft.ladder_step and 0 < draft.ladder_step < math.inf):
            raise InvalidInput(fields={"phases": "A ladder with a fixed step needs a step above 0."})


def _check_quotas(draft: PhaseDraft) -> None:
    limits = (draft.quota_per_day, draft.quota_total, draft.quota_faults_per_day, draft.quota_concurrent)
    if any(limit is not None and limit < 1 for limit in limits):
        raise InvalidInput(fields={"phases": "A quota must be at least 1."})
    faults, daily = draft.quota_faults_per_day, draft.quota_per_day
    if faults is not None and daily is not None and faults < daily:
        raise InvalidInput(
            fields={"phases": "The cap on failed submissions must not be smaller than the quota."}
        )
    if not 0 <= draft.quota_renews_h <= 23:
        raise InvalidInput(fields={"phases": "The hour at which quotas renew is 0 to 23."})
    try:
        ZoneInfo(draft.quota_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInput(fields={"phases": "Name the time zone as in Asia/Shanghai or UTC."}) from error


def _check_lateness(draft: PhaseDraft) -> None:
    if not 0 <= draft.late_penalty_per_day <= 1 or not 0 <= draft.grace_days <= 365:
        raise InvalidInput(
            fields={"phases": "A late day costs 0 to 100 % of the score; there are 0 to 365 grace days."}
        )
    if draft.late_until is None:
        return
    if draft.ends_at is None or draft.late_until <= draft.ends_at:
        raise InvalidInput(fields={"phases": "Late submissions are taken until some time after the end."})
    if draft.reveal_at and draft.reveal_at < draft.late_until:
        raise InvalidInput(fields={"phases": "Private scores cannot show while late submissions are taken."})
