"""Contests, their phases, and who takes part."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from judge.clock import utc_now
from judge.errors import Conflict, InvalidInput, NotFound, PermissionDenied, PhaseClosed
from judge.models import (
    Account,
    Contest,
    ContestProblem,
    Entry,
    EntryMember,
    Phase,
    Problem,
    Team,
    TeamMember,
)
from judge.models.words import ContestKind
from judge.services import audit
from judge.services.access import runs_contest
from judge.services.phase_rules import PhaseDraft, check_phases, fill_phase

PRACTICE = "practice"
PRACTICE_QUOTA_PER_DAY = 100


def list_contests(session: Session, *, now: datetime, viewer: Account | None = None) -> list[Contest]:
    """List what `viewer` may see, newest first; the practice track is not among them."""
    contests = session.scalars(
        select(Contest).where(Contest.slug != PRACTICE).order_by(Contest.id.desc())
    ).unique()
    return [contest for contest in contests if contest.is_published or runs_contest(viewer, contest)]


def list_run_contests(session: Session, *, viewer: Account) -> list[Contest]:
    """List what `viewer` runs, newest first; for administrators the practice track is among them."""
    found = session.scalars(select(Contest).order_by(Contest.id.desc())).unique()
    return [contest for contest in found if runs_contest(viewer, contest)]


def get_contest(session: Session, slug: str, *, viewer: Account | None) -> Contest:
    """Return a contest.

    Raises:
        NotFound: there is none, or it is not published and not the viewer's.
    """
    contest = session.scalar(select(Contest).where(Contest.slug == slug)) if slug.isascii() else None
    if contest is None or not (contest.is_published or runs_contest(viewer, contest)):
        raise NotFound("There is no contest of this name.", code="contest-not-found")
    return contest


def current_phase(contest: Contest, *, now: datetime) -> Phase | None:
    """Return the phase that is open at `now`; None before, between and after."""
    for phase in contest.phases:
        if (phase.starts_at is None or phase.starts_at <= now) and (
            phase.ends_at is None or now < phase.ends_at
        ):
            return phase
    return None


def accepting_phase(contest: Contest, *, now: datetime) -> Phase | None:
    """Return the phase that takes submissions at `now`: the open one, else one that takes late ones."""
    open_now = current_phase(contest, now=now)
    if open_now is not None:
        return open_now
    late = [p for p in contest.phases if p.ends_at and p.late_until and p.ends_at <= now < p.late_until]
    return late[-1] if late else None


def open_phase(contest: Contest, *, now: datetime) -> Phase:
    """Return the phase that takes submissions at `now`, late ones too.

    Raises:
        PhaseClosed: `contest-not-started` or `contest-ended`, with the instant.
    """
    phase = accepting_phase(contest, now=now)
    if phase is not None:
        return phase
    upcoming = [p.starts_at for p in contest.phases if p.starts_at is not None and p.starts_at > now]
    if upcoming:
        raise PhaseClosed(
            "This contest opens for submissions at {starts_at}.",
            code="contest-not-started",
            params={"starts_at": min(upcoming).isoformat(timespec="seconds")},
        )
    ends = [p.closes_at for p in contest.phases if p.closes_at is not None]
    if ends:
        raise PhaseClosed(
            "This contest ended at {ends_at}; it takes no more submissions.",
            code="contest-ended",
            params={"ends_at": max(ends).isoformat(timespec="seconds")},
        )
    raise PhaseClosed


def enter(session: Session, contest: Contest, team: Team, *, account: Account, now: datetime) -> Entry:
    """Take part with a team. Entering again with the same team changes nothing.

    Raises:
        PermissionDenied: `account` is not a member of `team`.
        Conflict: `already-entered-with-other-team`, for any member of the team.
    """
    members = session.scalars(
        select(TeamMember.account_id).where(TeamMember.team_id == team.id).order_by(TeamMember.account_id)
    ).all()
    if account.id not in members:
        raise PermissionDenied("You are not a member of this team.", code="not-a-member")
    # Whoever enters holds the team's row: its members cannot change meanwhile, nor can it enter twice.
    session.execute(select(Team.id).where(Team.id == team.id).with_for_update())
    entry = find_entry(session, contest, team)
    if entry is not None:
        return entry
    entry = Entry(contest_id=contest.id, team_id=team.id, entered_at=now)
    try:
        with session.begin_nested():
            session.add(entry)
            session.flush()
            session.add_all(
                EntryMember(contest_id=contest.id, account_id=member, entry_id=entry.id) for member in members
            )
    except IntegrityError as error:
        raise Conflict(
            "A member of this team already takes part in this contest with another team.",
            code="already-entered-with-other-team",
        ) from error
    audit.record(
        session, actor=account, action="contest.entered", subject=f"contest:{contest.slug}", team_id=team.id
    )
    return entry


def find_entry(session: Session, contest: Contest, team: Team) -> Entry | None:
    """Return the team's registration, or None."""
    return session.scalar(select(Entry).where(Entry.contest_id == contest.id, Entry.team_id == team.id))


def find_entered_team(session: Session, contest: Contest, account: Account) -> Team | None:
    """Return the team with which `account` takes part, or None."""
    return session.scalar(
        select(Team)
        .join(Entry, Entry.team_id == Team.id)
        .join(EntryMember, EntryMember.entry_id == Entry.id)
        .where(EntryMember.contest_id == contest.id, EntryMember.account_id == account.id)
    )


def create_contest(  # noqa: PLR0913 - all keyword-only, each a column
    session: Session,
    *,
    slug: str,
    kind: ContestKind,
    names: Mapping[str, str],
    summaries: Mapping[str, str],
    owner: Account | None,
    phases: Sequence[PhaseDraft],
    problem_slugs: Sequence[str],
    is_published: bool,
) -> Contest:
    """Make a contest.

    Raises:
        InvalidInput: no phase, a phase that ends before it starts, or an unknown problem.
        Conflict: `contest-slug-taken`.
    """
    check_phases(phases)
    if session.scalar(select(Contest.id).where(Contest.slug == slug)) is not None:
        raise Conflict("A contest of this name already exists.", code="contest-slug-taken")
    contest = Contest(
        slug=slug,
        kind=kind,
        names=dict(names),
        summaries=dict(summaries),
        owner_id=owner.id if owner else None,
        is_published=is_published,
        created_at=utc_now(),
    )
    for position, draft in enumerate(phases):
        phase = Phase(position=position)
        fill_phase(phase, draft)
        contest.phases.append(phase)
    session.add(contest)
    session.flush()
    for problem_slug in problem_slugs:
        problem = session.scalar(select(Problem).where(Problem.slug == problem_slug))
        if problem is None or problem.current_version_id is None:
            raise InvalidInput(fields={"problem_slugs": "There is no published problem of this name."})
        add_problem(session, contest, problem)
    audit.record(session, actor=owner, action="contest.created", subject=f"contest:{slug}")
    return contest


def get_run_contest(session: Session, slug: str, *, viewer: Account) -> Contest:
    """Return a contest that `viewer` runs.

    Raises:
        NotFound: there is none that they may see.
        PermissionDenied: it is somebody else's.
    """
    contest = get_contest(session, slug, viewer=viewer)
    if not runs_contest(viewer, contest):
        raise PermissionDenied("This contest belongs to somebody else.", code="contest-not-yours")
    return contest


def add_problem(session: Session, contest: Contest, problem: Problem) -> ContestProblem:
    """Set a problem in a contest, after those already there; once."""
    for existing in contest.problems:
        if existing.problem_id == problem.id:
            return existing
    placed = ContestProblem(problem=problem, position=len(contest.problems))
    contest.problems.append(placed)
    session.flush()
    return placed


def ensure_practice(session: Session) -> Contest:
    """Return the endless practice track, made when it is not there."""
    contest = session.scalar(select(Contest).where(Contest.slug == PRACTICE))
    if contest is not None:
        return contest
    return create_contest(
        session,
        slug=PRACTICE,
        kind=ContestKind.LAB,
        names={"en": "Practice", "zh": "练习"},
        summaries={"en": "Exercises without a deadline.", "zh": "没有截止时间的练习题。"},
        owner=None,
        phases=[PhaseDraft({"en": "Always open", "zh": "长期开放"}, quota_per_day=PRACTICE_QUOTA_PER_DAY)],
        problem_slugs=[],
        is_published=True,
    )
