"""The ranking of a contest, per problem."""

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from judge.clock import utc_now
from judge.errors import NotFound
from judge.models import Contest, Phase, Problem, Track
from judge.models.words import Format
from judge.services import contests, entries, leaderboards, standings, visibility
from web.access import account_in, public
from web.blueprints.leaderboards.overall import present_overall
from web.blueprints.leaderboards.presenters import present_ranking
from web.blueprints.leaderboards.tabs import PAGE_SIZE, Choice
from web.context import runtime
from web.i18n import localised

blueprint = Blueprint("leaderboards", __name__)
MAX_OFFSET = 1_000_000


@blueprint.get("/contests/<slug>/leaderboard")
@public
def show(slug: str) -> ResponseReturnValue:
    """Show the ranking of one problem; the first one when none is named."""
    now = utc_now()
    with runtime().database.read() as session:
        viewer = account_in(session)
        contest = contests.get_contest(session, slug, viewer=viewer)
        if contest.format != Format.PROBLEMS and "problem" not in request.args:
            return redirect(url_for("leaderboards.overall", slug=slug))
        problem = wanted_problem(contest, request.args.get("problem"))
        phase = ranked_phase(contest)
        choice = chosen(phase, entries.list_tracks(session, contest))
        page = leaderboards.page(
            session, contest=contest, problem=problem, phase=phase, split=choice.split, track=choice.track,
            limit=PAGE_SIZE, offset=choice.offset, now=now, viewer=viewer,
        )  # fmt: skip
        ranking = present_ranking(contest, problem, phase, page, choice, now=now)
    return render_template("leaderboards/show.html", page=ranking)


@blueprint.get("/contests/<slug>/standings")
@public
def overall(slug: str) -> ResponseReturnValue:
    """Show what the problems of a contest add up to."""
    now = utc_now()
    with runtime().database.read() as session:
        viewer = account_in(session)
        contest = contests.get_contest(session, slug, viewer=viewer)
        phase = ranked_phase(contest)
        choice = chosen(phase, entries.list_tracks(session, contest))
        page = standings.page(
            session, phase=phase, split=choice.split, track=choice.track, limit=PAGE_SIZE,
            offset=choice.offset, now=now, viewer=viewer,
        )  # fmt: skip
        ranking = present_overall(contest, page, choice, now=now)
    return render_template("leaderboards/overall.html", page=ranking)


def chosen(phase: Phase, tracks: Sequence[Track]) -> Choice:
    """Return what part of a board the address asks for."""
    has_private = phase.closes_at is not None and visibility.is_revealed(phase, now=utc_now())
    return Choice(
        split="private" if has_private and request.args.get("split") != "public" else "public",
        has_private=has_private,
        track=request.args.get("track", ""),
        tracks=[(track.slug, localised(track.names)) for track in tracks],
        offset=min(max(request.args.get("offset", 0, type=int), 0), MAX_OFFSET),
    )


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
