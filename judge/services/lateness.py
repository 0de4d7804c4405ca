"""Late submissions: how many days late, how many grace days that takes, and what is left of the score.

A phase may take submissions after its end. Each started day costs a share of the score; a team's grace
days, which are its own for the whole contest, pay for days first. What a submission pays is settled when
it is handed in, under the team's lock, and kept with it: it never changes, whatever else the team hands
in. Only when the organizer moves the end or changes what a day costs is it weighed again, in the team's
favour alone.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from judge.models import Contest, Phase, Problem, Submission, Team

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Lateness:
    """What being late means for one submission.

    Attributes:
        days: started days after the end; 0 for in time.
        grace_days: of these, how many grace days pay for.
        factor: what the score is multiplied by, 0 to 1.
    """

    days: int = 0
    grace_days: int = 0
    factor: float = 1.0


IN_TIME = Lateness()


def days_late(phase: Phase, at: datetime) -> int:
    """Return how many days after the phase's end an instant is, a started one counted whole."""
    if phase.ends_at is None or at < phase.ends_at:
        return 0
    return max(1, math.ceil((at - phase.ends_at) / DAY))


def weigh(days: int, *, granted: Mapping[int, int], problem_id: int, phase: Phase) -> Lateness:
    """Return what days late cost.

    Grace days that a team spent on a problem pay for all it hands in there later: they are spent once.

    Args:
        days: late.
        granted: problem id → grace days that the team has spent on it.
        problem_id: to which problem.
        phase: its rules.
    """
    if days == 0:
        return IN_TIME
    here = granted.get(problem_id, 0)
    left = max(0, phase.grace_days - sum(granted.values()))
    grace = min(days, here + left)
    factor = max(0.0, 1.0 - phase.late_penalty_per_day * (days - grace))
    return Lateness(days, grace, factor)


def lateness_of(session: Session, phase: Phase, problem: Problem, team: Team, at: datetime) -> Lateness:
    """Return what handing in at an instant costs. Exact only while the caller holds the team's row."""
    days = days_late(phase, at)
    if days == 0:
        return IN_TIME
    spent = session.execute(
        select(Submission.problem_id, func.max(Submission.grace_days))
        .join(Phase, Phase.id == Submission.phase_id)
        .where(Submission.team_id == team.id, Phase.contest_id == phase.contest_id)
        .group_by(Submission.problem_id)
    )
    granted = {number: most for number, most in spent if most}
    return weigh(days, granted=granted, problem_id=problem.id, phase=phase)


def reweigh(session: Session, contest: Contest) -> set[int]:
    """Weigh late submissions again by the phases' rules as they are now; none gets worse by it.

    Final results stay as they are.

    Args:
        session: writing transaction that holds the teams.
        contest: all of it: grace days are its teams' for the whole of it.

    Returns:
        Ids of the phases in which something changed.
    """
    changed: set[int] = set()
    granted: dict[int, dict[int, int]] = {}
    phases = {phase.id: phase for phase in contest.phases}
    for late in session.scalars(
        select(Submission)
        .where(Submission.phase_id.in_(phases), Submission.late_days > 0)
        .order_by(Submission.team_id, Submission.id)
        .execution_options(populate_existing=True)
    ):
        phase, own = phases[late.phase_id], granted.setdefault(late.team_id, {})
        before = Lateness(late.late_days, late.grace_days, late.late_factor)
        days = min(before.days, days_late(phase, late.submitted_at))
        now = weigh(days, granted=own, problem_id=late.problem_id, phase=phase)
        if now.factor < before.factor or phase.finalized_at is not None:
            now = before
        own[late.problem_id] = max(own.get(late.problem_id, 0), now.grace_days)
        if now != before:
            late.late_days, late.grace_days, late.late_factor = now.days, now.grace_days, now.factor
            changed.add(phase.id)
    session.flush()
    return changed
