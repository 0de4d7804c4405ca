"""The list of contests, a contest's page, and entering it with a team."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from judge.clock import utc_now
from judge.errors import JudgeError, NotFound
from judge.services import contests, entries, teams
from web.access import account_in, own_account, public, signed_in
from web.blueprints.contests.forms import EntryForm
from web.blueprints.contests.presenters import entered_team, present_contest, present_team_choices
from web.context import runtime
from web.i18n import error_text
from web.presenters.contests import PRACTICE, present_contest_card

blueprint = Blueprint("contests", __name__)


@blueprint.get("/contests")
@public
def index() -> ResponseReturnValue:
    """List the contests."""
    now = utc_now()
    with runtime().database.read() as session:
        listed = contests.list_contests(session, now=now, viewer=account_in(session))
        cards = [present_contest_card(contest, now=now) for contest in listed]
    return render_template("contests/index.html", contests=cards)


@blueprint.get("/contests/<slug>")
@public
def show(slug: str) -> ResponseReturnValue:
    """Show a contest: phases, problems, the own entry."""
    if slug == PRACTICE:
        return redirect(url_for("problems.index"))
    form = EntryForm(None)
    with runtime().database.read() as session:
        account = account_in(session)
        contest = contests.get_contest(session, slug, viewer=account)
        page = present_contest(contest, viewer=account, now=utc_now())
        entered = entered_team(session, contest, account) if account else None
        if account and not entered:
            form.team.choices = present_team_choices(teams.list_teams(session, account))
    return render_template("contests/show.html", page=page, form=form, entered=entered)


@blueprint.post("/contests/<slug>/withdrawal")
@signed_in
def withdraw(slug: str) -> ResponseReturnValue:
    """Leave a contest with the own team."""
    try:
        with runtime().database.transaction() as session:
            account = own_account(session)
            contest = contests.get_contest(session, slug, viewer=account)
            team = contests.find_entered_team(session, contest, account)
            if team is None:
                raise NotFound
            entries.withdraw(session, contest, team.id, actor=account, now=utc_now())
    except JudgeError as error:
        if error.status == 404:
            raise
        flash(error_text(error), "danger")
    else:
        flash(gettext("Your team has withdrawn. It is on no board any more."), "success")
    return redirect(url_for("contests.show", slug=slug), 303)


@blueprint.post("/contests/<slug>/entry")
@signed_in
def enter(slug: str) -> ResponseReturnValue:
    """Enter with one of the own teams."""
    form = EntryForm()
    try:
        with runtime().database.transaction() as session:
            account = own_account(session)
            contest = contests.get_contest(session, slug, viewer=account)
            team = teams.get_own_team(session, account, form.team_id)
            contests.enter(session, contest, team, account=account, now=utc_now())
    except JudgeError as error:
        if error.status == 404:
            raise
        flash(error_text(error), "danger")
    else:
        flash(gettext("You are in. Good luck!"), "success")
    return redirect(url_for("contests.show", slug=slug), 303)
