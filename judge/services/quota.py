"""How many submissions a team has left. A day is a UTC day: everybody's window ends at one instant."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from judge.errors import QuotaExceeded
from judge.models import Phase, Problem, Submission, Team


@dataclass(frozen=True, slots=True)
class Quota:
    """A team's use of one problem in one phase; None where there is no limit.

    Attributes:
        limit_per_day: of the phase.
        used_today: charged submissions since the last UTC midnight.
        renews_at: the next UTC midnight.
        limit_total: of the phase.
        used_total: charged submissions of the phase.
    """

    limit_per_day: int | None
    used_today: int
    renews_at: datetime
    limit_total: int | None
    used_total: int

    @property
    def left(self) -> int | None:
        """Return how many are left now; None when there is no limit."""
        lefts = []
        if self.limit_per_day is not None:
            lefts.append(self.limit_per_day - self.used_today)
        if self.limit_total is not None:
            lefts.append(self.limit_total - self.used_total)
        return max(0, min(lefts)) if lefts else None


def quota_left(session: Session, *, phase: Phase, problem: Problem, team: Team, now: datetime) -> Quota:
    """Count what the team used. Exact only while the caller holds the team's row."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    charged = (
        select(func.count())
        .select_from(Submission)
        .where(
            Submission.phase_id == phase.id,
            Submission.problem_id == problem.id,
            Submission.team_id == team.id,
            Submission.is_charged,
        )
    )
    return Quota(
        limit_per_day=phase.quota_per_day,
        used_today=session.scalar(charged.where(Submission.submitted_at >= midnight)) or 0,
        renews_at=midnight + timedelta(days=1),
        limit_total=phase.quota_total,
        used_total=session.scalar(charged) or 0,
    )


def require_quota(quota: Quota) -> None:
    """Pass when a submission is left.

    Raises:
        QuotaExceeded: `quota-exceeded` (comes back at midnight) or `quota-total-exceeded`.
    """
    if quota.limit_total is not None and quota.used_total >= quota.limit_total:
        raise QuotaExceeded(
            "Your team has used all {limit} submissions of this phase.",
            code="quota-total-exceeded",
            params={"limit": quota.limit_total},
        )
    if quota.limit_per_day is not None and quota.used_today >= quota.limit_per_day:
        raise QuotaExceeded(
            params={"limit": quota.limit_per_day, "renews_at": quota.renews_at.isoformat(timespec="seconds")}
        )
