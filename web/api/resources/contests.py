"""Contests: the list, one with its phases, entering, the leaderboard."""

from datetime import datetime

from judge.clock import utc_now
from judge.errors import NotFound
from judge.models import Contest, Phase, Problem
from judge.services import contests, leaderboards, teams
from web.api import queries, schemas
from web.api.auth import account_in, maybe_token, own_account, token
from web.api.blueprint import blueprint
from web.api.boards import present_leaderboard
from web.api.described import faults
from web.api.names import slug_of
from web.api.presenters import present_contest, present_team
from web.context import runtime


@blueprint.get("/contests")
@blueprint.input(queries.ContestsQuery, location="query")
@blueprint.output(schemas.ContestsOut)
@blueprint.doc(summary="List contests", responses=faults(401, 422), tags=["Contests"])
@maybe_token
def list_contests(query_data: queries.ContestsQuery) -> schemas.ContestsOut:
    """Return the contests and labs that can be seen."""
    now = utc_now()
    with runtime().database.read() as session:
        listed = contests.list_contests(session, now=now, viewer=account_in(session))
        return schemas.ContestsOut(items=[present_contest(contest, now=now) for contest in listed])


@blueprint.get("/contests/<slug>")
@blueprint.output(schemas.ContestOut)
@blueprint.doc(summary="One contest", responses=faults(401, 404), tags=["Contests"])
@maybe_token
def get_contest(slug: str) -> schemas.ContestOut:
    """Return a contest with its phases and problems."""
    with runtime().database.read() as session:
        contest = contests.get_contest(session, slug_of(slug), viewer=account_in(session))
        return present_contest(contest, now=utc_now())


@blueprint.post("/contests/<slug>/entry")
@blueprint.input(queries.EntryIn, location="json")
@blueprint.output(schemas.EntryOut, status_code=201)
@blueprint.doc(
    summary="Enter a contest",
    security="token",
    responses=faults(400, 401, 403, 404, 409, 413, 422),
    tags=["Contests"],
)
@token
def create_entry(slug: str, json_data: queries.EntryIn) -> schemas.EntryOut:
    """Enter with one of the own teams; without one, alone. Entering again changes nothing."""
    with runtime().database.transaction() as session:
        account = own_account(session)
        contest = contests.get_contest(session, slug_of(slug), viewer=account)
        team = teams.solo_team(session, account)
        if json_data.team is not None:
            team = teams.get_own_team(session, account, json_data.team)
        entry = contests.enter(session, contest, team, account=account, now=utc_now())
        return schemas.EntryOut(contest=contest.slug, team=present_team(team), entered_at=entry.entered_at)


@blueprint.get("/contests/<slug>/leaderboard")
@blueprint.input(queries.LeaderboardQuery, location="query")
@blueprint.output(schemas.LeaderboardOut)
@blueprint.doc(summary="Leaderboard", responses=faults(401, 403, 404, 422), tags=["Contests"])
@maybe_token
def get_leaderboard(slug: str, query_data: queries.LeaderboardQuery) -> schemas.LeaderboardOut:
    """Return the ranking on one problem, by default the contest's first, in the phase that counts now."""
    now = utc_now()
    with runtime().database.read() as session:
        viewer = account_in(session)
        contest = contests.get_contest(session, slug_of(slug), viewer=viewer)
        problem = problem_of(contest, query_data.problem)
        page = leaderboards.page(
            session,
            contest=contest,
            problem=problem,
            phase=phase_of(contest, query_data.phase, now=now),
            split=query_data.split,
            track=query_data.track or "",
            limit=query_data.limit,
            offset=query_data.offset,
            now=now,
            viewer=viewer,
        )
        return present_leaderboard(contest, problem, page, limit=query_data.limit, offset=query_data.offset)


def problem_of(contest: Contest, slug: str | None) -> Problem:
    """Return the problem called `slug`, or the first that is set.

    Raises:
        NotFound: it is not set in this contest, or none is.
    """
    for setting in contest.problems:
        if slug in (None, setting.problem.slug):
            return setting.problem
    raise NotFound("This contest has no such problem.", code="problem-not-in-contest")


def phase_of(contest: Contest, position: int | None, *, now: datetime) -> Phase:
    """Return the phase at `position`; without one that which is open or was last.

    Raises:
        NotFound: there is no such phase.
    """
    if position is not None:
        chosen = [phase for phase in contest.phases if phase.position == position]
    else:
        begun = [phase for phase in contest.phases if phase.starts_at is None or phase.starts_at <= now]
        chosen = begun[-1:] or contest.phases[:1]
    if not chosen:
        raise NotFound("This contest has no such phase.", code="phase-not-found")
    return chosen[0]
