"""The front page, the language switch, and what load balancers ask."""

from flask import Blueprint, current_app, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from judge.clock import utc_now
from judge.services import accounts, contests, problems
from web import readiness
from web.access import account_in, own_account, public
from web.context import runtime, settings, viewer
from web.forms import safe_next
from web.i18n import COOKIE, LANGUAGES
from web.presenters.contests import PRACTICE, present_contest_card
from web.presenters.problems import present_problem_card

blueprint = Blueprint("home", __name__)
YEAR_S = 365 * 24 * 3600


@blueprint.get("/")
@public
def index() -> ResponseReturnValue:
    """Show what can be done here now."""
    now = utc_now()
    with runtime().database.read() as session:
        listed = contests.list_contests(session, now=now, viewer=account_in(session))
        cards = [present_contest_card(contest, now=now) for contest in listed]
        practice = [
            present_problem_card(problem)
            for problem in problems.list_problems(session, contest_slug=PRACTICE)[:6]
        ]
    return render_template("home/index.html", contests=cards, problems=practice)


@blueprint.post("/language/<code>")
@public
def switch_language(code: str) -> ResponseReturnValue:
    """Remember a language, for this browser and for the account."""
    answer = redirect(safe_next(request.form.get("next")), 303)
    if code in LANGUAGES:
        answer.set_cookie(
            COOKIE, code, max_age=YEAR_S, httponly=True, samesite="Lax", secure=settings().is_https
        )
        if viewer() is not None:
            with runtime().database.transaction() as session:
                accounts.set_language(session, own_account(session), code)
    return answer


@blueprint.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    """Answer that the process lives; asks nothing of anybody."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """Answer whether the database and the queue answer."""
    parts = readiness.check(runtime())
    return jsonify(parts), 200 if all(part == "ok" for part in parts.values()) else 503


@blueprint.get("/favicon.ico")
@public
def favicon() -> ResponseReturnValue:
    """Answer browsers that look for the icon at the old place."""
    return make_response(current_app.send_static_file("img/icon.svg"))
