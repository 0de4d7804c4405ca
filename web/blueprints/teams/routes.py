"""Create a team, join one by its code, leave one."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf import FlaskForm

from judge.errors import JudgeError
from judge.services import teams
from web.access import own_account, signed_in
from web.blueprints.teams.forms import CreateTeamForm, JoinTeamForm
from web.blueprints.teams.presenters import present_team
from web.context import runtime
from web.extensions import limiter
from web.forms import EmptyForm, show_error
from web.i18n import error_text

blueprint = Blueprint("teams", __name__)


@blueprint.get("/teams")
@signed_in
def index() -> ResponseReturnValue:
    """List the own teams."""
    return teams_page()


@blueprint.post("/teams")
@signed_in
@limiter.limit("30 per hour")
def create() -> ResponseReturnValue:
    """Make a team with oneself as captain."""
    form = CreateTeamForm()
    if form.validate_on_submit():
        try:
            with runtime().database.transaction() as session:
                teams.create_team(session, own_account(session), name=form.name.data)
        except JudgeError as error:
            show_error(form, error)
        else:
            flash(gettext("The team is there. Pass its code on to those who shall join."), "success")
            return redirect(url_for("teams.index"), 303)
    return teams_page(create_form=form), 422


@blueprint.post("/teams/join")
@signed_in
@limiter.limit("30 per hour")
def join() -> ResponseReturnValue:
    """Join a team by its code."""
    form = JoinTeamForm()
    if form.validate_on_submit():
        try:
            with runtime().database.transaction() as session:
                teams.join_team(session, own_account(session), join_code=form.join_code.data)
        except JudgeError as error:
            show_error(form, error)
        else:
            flash(gettext("You are in the team now."), "success")
            return redirect(url_for("teams.index"), 303)
    return teams_page(join_form=form), 422


@blueprint.post("/teams/<int:team_id>/leave")
@signed_in
def leave(team_id: int) -> ResponseReturnValue:
    """Leave a team."""
    try:
        with runtime().database.transaction() as session:
            teams.leave_team(session, own_account(session), team_id)
    except JudgeError as error:
        if error.status == 404:
            raise
        flash(error_text(error), "danger")
    else:
        flash(gettext("You left the team."), "success")
    return redirect(url_for("teams.index"), 303)


def teams_page(*, create_form: FlaskForm | None = None, join_form: FlaskForm | None = None) -> str:
    """Render the teams, with the forms as they were sent or fresh ones."""
    with runtime().database.read() as session:
        account = own_account(session)
        cards = [present_team(team, account) for team in teams.list_teams(session, account)]
    return render_template(
        "teams/index.html",
        teams=cards,
        create_form=create_form or CreateTeamForm(None),
        join_form=join_form or JoinTeamForm(None),
        leave_form=EmptyForm(None),
    )
