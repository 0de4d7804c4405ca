"""Where a submission is meant to go: which problem, in which contest's phase, for which team."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from judge.clock import utc_now
from judge.errors import InvalidInput, NotFound, PermissionDenied
from judge.models import Account, Contest, ContestProblem, Entry, Phase, Problem, Team
from judge.services import contests, problems, teams
from judge.services.access import runs_contest


@dataclass(frozen=True, slots=True)
class Aim:
    """Where a submission is meant to go."""

    problem: Problem
    phase: Phase
    team: Team


def take_aim(
    session: Session, account: Account, problem_slug: str, contest_slug: str | None, team_id: int | None
) -> Aim:
    """Find what a submission names, and check that this person may hand in there now.

    Args:
        session: open.
        account: who hands in.
        problem_slug: to which problem.
        contest_slug: in which contest; None: see `find_contest`.
        team_id: for which team; None means the one that entered, else the solo team.

    Raises:
        NotFound: no such problem, contest or team, or the problem is not set there.
        InvalidInput: `contest-ambiguous`.
        PhaseClosed, PermissionDenied: not now, or not for this team.
    """
    problem = problems.get_problem(session, problem_slug, viewer=account)
    if contest_slug is None:
        contest = find_contest(session, account, problem)
    else:
        contest = contests.get_contest(session, contest_slug, viewer=account)
        _check_is_set(session, contest, problem)
    phase = contests.open_phase(contest, now=utc_now())
    if team_id is not None:
        team = teams.get_own_team(session, account, team_id)
    else:
        team = contests.find_entered_team(session, contest, account) or teams.solo_team(session, account)
    entry = contests.find_entry(session, contest, team)
    _check_eligible(account, entry, contest_is_open=contest.is_open_entry or runs_contest(account, contest))
    return Aim(problem, phase, team)


def find_contest(session: Session, account: Account, problem: Problem) -> Contest:
    """Return the contest meant by somebody who names none.

    It is the practice track where the problem is set there, else the only contest that is open, else
    the latest that sets it: its refusal says when it opens or that it is over.

    Raises:
        InvalidInput: `contest-ambiguous`: several are open; `choices` names them.
        NotFound: `problem-not-in-contest`: the problem is set nowhere that `account` may see.
    """
    setting = session.scalars(
        select(Contest)
        .join(ContestProblem)
        .where(ContestProblem.problem_id == problem.id)
        .order_by(Contest.id.desc())
    ).unique()
    seen = [contest for contest in setting if contest.is_published or runs_contest(account, contest)]
    practice = next((contest for contest in seen if contest.slug == contests.PRACTICE), None)
    if practice is not None:
        return practice
    now = utc_now()
    is_open = [contest for contest in seen if contests.accepting_phase(contest, now=now)]
    candidates = is_open or seen
    if not candidates:
        raise NotFound("This problem is not set in any contest yet.", code="problem-not-in-contest")
    if len(is_open) > 1:
        raise InvalidInput(
            "This problem is set in several open contests; name the one you mean: {choices}.",
            code="contest-ambiguous",
            params={"choices": ", ".join(contest.slug for contest in is_open)},
            fields={"contest": "Name the contest."},
        )
    return candidates[0]


def _check_is_set(session: Session, contest: Contest, problem: Problem) -> None:
    is_set = session.scalar(
        select(ContestProblem.id).where(
            ContestProblem.contest_id == contest.id, ContestProblem.problem_id == problem.id
        )
    )
    if is_set is None:
        raise NotFound(
            "This problem is not part of {contest}.",
            code="problem-not-in-contest",
            params={"contest": contest.slug},
        )


def _check_eligible(account: Account, entry: Entry | None, *, contest_is_open: bool) -> None:
    if not account.is_active:
        raise PermissionDenied(code="account-inactive")
    if entry is None and not contest_is_open:
        raise PermissionDenied("Your team has not entered this contest.", code="not-entered")
    if entry is not None and entry.disqualified_at is not None:
        raise PermissionDenied("Your team was excluded from this contest.", code="disqualified")
    if entry is not None and entry.withdrawn_at is not None:
        raise PermissionDenied("Your team has withdrawn from this contest.", code="withdrawn")
