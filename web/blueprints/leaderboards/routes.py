"""The ranking of a contest, per problem."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from judge.clock import utc_now
from judge.errors import NotFound
from judge.models import Contest, Phase, Problem
from judge.services import contests, leaderboards, visibility
from web.access import account_in, public
from web.blueprints.leaderboards.presenters import PAGE_SIZE, present_ranking
from web.context import runtime

blueprint = Blueprint("leaderboards", __name__)
MAX_OFFSET = 1_000_000


@blueprint.get("/contests/<slug>/leaderboard")
@public
def show(slug: str) -> ResponseReturnValue:
    """Show the ranking of one problem; the first one when none is named."""
    now = utc_now()
    offset = min(max(request.args.get("offset", 0, type=int), 0), MAX_OFFSET)
    with runtime().database.read() as session:
        viewer = account_in(session)
        contest = contests.get_contest(session, slug, viewer=viewer)
        problem = wanted_problem(contest, request.args.get("problem"))
        phase = ranked_phase(contest)
        has_private = phase.ends_at is not None and visibility.is_revealed(phase, now=now)
        split = "private" if has_private and request.args.get("split") != "public" else "public"
        page = leaderboards.page(
            session, contest=contest, problem=problem, phase=phase, split=split, limit=PAGE_SIZE,
            offset=offset, now=now, viewer=viewer,
        )  # fmt: skip
        ranking = present_ranking(contest, problem, page, has_private=has_private, offset=offset, now=now)
    return render_template("leaderboards/show.html", page=ranking)


def wanted_problem(contest: Contest, slug: str | None) -> Problem:
    """Return the problem asked for, or the contest's first.

    Raises:
        NotFound: it is not set in this contest, or none is.
    """
    for setting in contest.problems:
        if slug is None or setting.problem.slug == slug:
            return setting.problem
    raise NotFound


def ranked_phase(contest: Contest) -> Phase:
    """Return the phase whose ranking the contest shows: the one that began last.

    Raises:
        NotFound: nothing has begun.
    """
    now = utc_now()
    begun = [phase for phase in contest.phases if phase.starts_at is None or phase.starts_at <= now]
    if not begun:
        raise NotFound("The leaderboard opens when the contest starts.")
    return begun[-1]
