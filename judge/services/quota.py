"""How many submissions a team has left.

What was scored counts against the quota of the phase. What ended by a fault of its own (it crashed, ran
out of time, had the wrong format) counts against a separate, larger cap, so that a typing error costs no
real try, and trying for nothing still ends. Faults of ours, what was cancelled before it ran, and smoke
tests cost nothing.

A day begins at the phase's own hour, in its own zone: everybody's window ends at one instant.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from judge.errors import InvalidInput, QuotaExceeded
from judge.models import Judgement, Phase, Problem, Submission, Team
from judge.models.words import FINAL_STATES, Charge, Verdict
from judge.services.problems import current_version, spec_of
from problems.sample import sample_of

# Where a phase does not say how many faulty submissions it takes: so many times its quota.
FAULTS_PER_SUBMISSION = 4
# Scored, or not to be encouraged: these count as a submission whatever else happened.
_COUNTS = frozenset({Verdict.AC, Verdict.WA, Verdict.SV})


@dataclass(frozen=True, slots=True)
class Quota:
    """A team's use of one problem in one phase; a limit of None is none.

    Attributes:
        limit_per_day: of the phase.
        used_today: submissions that count since the day began, those being judged included.
        renews_at: when the next day begins.
        limit_total: of the phase.
        used_total: submissions that count, of the whole phase.
        limit_faults_per_day, faults_today: the same for those that ended by a fault of their own.
        limit_faults_total, faults_total: likewise.
        limit_concurrent: how many may wait or run at one time.
        n_open: how many do.
    """

    limit_per_day: int | None
    used_today: int
    renews_at: datetime
    limit_total: int | None
    used_total: int
    limit_faults_per_day: int | None = None
    faults_today: int = 0
    limit_faults_total: int | None = None
    faults_total: int = 0
    limit_concurrent: int | None = None
    n_open: int = 0

    @property
    def left(self) -> int | None:
        """Return how many are left now; None when there is no limit."""
        lefts = []
        if self.limit_per_day is not None:
            lefts.append(self.limit_per_day - self.used_today)
        if self.limit_total is not None:
            lefts.append(self.limit_total - self.used_total)
        return max(0, min(lefts)) if lefts else None


def charge_of(verdict: Verdict) -> Charge:
    """Return what a submission with this verdict counts against."""
    if verdict == Verdict.JE:
        return Charge.NONE
    return Charge.QUOTA if verdict in _COUNTS else Charge.FAULT


def settle_charge(submission: Submission, verdict: Verdict) -> None:
    """Say what a judged submission counts against; what was given back once stays so."""
    if submission.charge != Charge.NONE:
        submission.charge = charge_of(verdict)


def day_of(phase: Phase, now: datetime) -> tuple[datetime, datetime]:
    """Return when the quota's present day began, and when the next one does.

    Args:
        phase: says at which hour, in which zone. Where clocks are changed a day has 23 or 25 hours.
        now: aware instant.
    """
    zone = ZoneInfo(phase.quota_zone)
    local = now.astimezone(zone)
    at = time(phase.quota_renews_h)
    date = local.date() if local.time() >= at else local.date() - timedelta(days=1)
    begin, end = (datetime.combine(day, at, tzinfo=zone) for day in (date, date + timedelta(days=1)))
    return begin.astimezone(now.tzinfo), end.astimezone(now.tzinfo)


def quota_left(session: Session, *, phase: Phase, problem: Problem, team: Team, now: datetime) -> Quota:
    """Count what the team used. Exact only while the caller holds the team's row."""
    begin, end = day_of(phase, now)
    own = and_(
        Submission.phase_id == phase.id, Submission.problem_id == problem.id, Submission.team_id == team.id
    )
    is_today = Submission.submitted_at >= begin
    is_used, is_fault = Submission.charge == Charge.QUOTA, Submission.charge == Charge.FAULT
    counted = session.execute(
        select(
            _count(and_(is_used, is_today)),
            _count(is_used),
            _count(and_(is_fault, is_today)),
            _count(is_fault),
        ).where(own)
    ).one()
    return Quota(
        limit_per_day=phase.quota_per_day,
        used_today=counted[0],
        renews_at=end,
        limit_total=phase.quota_total,
        used_total=counted[1],
        limit_faults_per_day=phase.quota_faults_per_day or _larger(phase.quota_per_day),
        faults_today=counted[2],
        limit_faults_total=_larger(phase.quota_total),
        faults_total=counted[3],
        limit_concurrent=phase.quota_concurrent,
        n_open=count_open(session, own, is_smoke=False) if phase.quota_concurrent else 0,
    )


def has_smoke_test(problem: Problem) -> bool:
    """Whether there is a sample to try submissions on."""
    version = current_version(problem)
    return sample_of(spec_of(version), version.files) is not None


def require_smoke_test(session: Session, *, phase: Phase, problem: Problem, team: Team) -> None:
    """Pass when a smoke test may be handed in: there is a sample, and none of the team's waits or runs.

    Raises:
        InvalidInput: `no-sample`.
        QuotaExceeded: `smoke-test-running`.
    """
    if not has_smoke_test(problem):
        raise InvalidInput(
            "This problem has no sample for a smoke test; hand the file in as usual.",
            code="no-sample",
            fields={"smoke": "This problem has no sample."},
        )
    own = and_(
        Submission.phase_id == phase.id, Submission.problem_id == problem.id, Submission.team_id == team.id
    )
    if count_open(session, own, is_smoke=True):
        raise QuotaExceeded(
            "A smoke test of your team is being judged; start the next one when it is done.",
            code="smoke-test-running",
        )


def count_open(session: Session, own: ColumnElement[bool], *, is_smoke: bool) -> int:
    """Count submissions that wait or run.

    Args:
        session: reads.
        own: which submissions.
        is_smoke: smoke tests, or those that are none.
    """
    query = (
        select(func.count())
        .select_from(Judgement)
        .join(Submission, Submission.id == Judgement.submission_id)
        .where(own, Submission.is_smoke == is_smoke, Judgement.is_current)
        .where(Judgement.state.not_in([state.value for state in FINAL_STATES]))
    )
    return session.scalar(query) or 0


def require_quota(quota: Quota) -> None:
    """Pass when a submission is left.

    Raises:
        QuotaExceeded: `quota-exceeded` (comes back when the day renews), `quota-total-exceeded`,
            `quota-faults-exceeded`, `quota-faults-total-exceeded` or `quota-concurrent-exceeded`.
    """
    if _is_used_up(quota.limit_total, quota.used_total):
        raise QuotaExceeded(
            "Your team has used all {limit} submissions of this phase.",
            code="quota-total-exceeded",
            params={"limit": quota.limit_total},
        )
    renews_at = quota.renews_at.isoformat(timespec="seconds")
    if _is_used_up(quota.limit_per_day, quota.used_today):
        raise QuotaExceeded(params={"limit": quota.limit_per_day, "renews_at": renews_at})
    if _is_used_up(quota.limit_faults_total, quota.faults_total):
        raise QuotaExceeded(
            "Your team has handed in {limit} submissions that failed; this phase takes no more of them.",
            code="quota-faults-total-exceeded",
            params={"limit": quota.limit_faults_total},
        )
    if _is_used_up(quota.limit_faults_per_day, quota.faults_today):
        raise QuotaExceeded(
            "Of your team's submissions {limit} failed in this period. The next is possible at {renews_at}.",
            code="quota-faults-exceeded",
            params={"limit": quota.limit_faults_per_day, "renews_at": renews_at},
        )
    if _is_used_up(quota.limit_concurrent, quota.n_open):
        raise QuotaExceeded(
            "Your team has {limit} submissions being judged; hand in the next one when one is done.",
            code="quota-concurrent-exceeded",
            params={"limit": quota.limit_concurrent},
        )


def _is_used_up(limit: int | None, used: int) -> bool:
    return limit is not None and used >= limit


def _larger(limit: int | None) -> int | None:
    return None if limit is None else FAULTS_PER_SUBMISSION * limit


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)
