"""The organizer's overview, and making a contest."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from wtforms.fields import SelectChoice

from judge.clock import utc_now
from judge.errors import JudgeError
from judge.models.words import ContestKind
from judge.services import contests, problems, submissions
from judge.services.contests import PhaseDraft
from web.access import organizer, own_account
from web.blueprints.organizer.forms import ContestForm, as_utc
from web.blueprints.organizer.presenters import present_judged, present_problem_row
from web.context import runtime
from web.forms import show_error
from web.presenters.contests import present_contest_card
from web.presenters.problems import present_problem_card

blueprint = Blueprint("organizer", __name__, url_prefix="/organizer")
N_RECENT = 50


@blueprint.get("")
@organizer
def index() -> ResponseReturnValue:
    """Show contests, problems and recent submissions."""
    now = utc_now()
    with runtime().database.read() as session:
        viewer = own_account(session)
        listed = contests.list_contests(session, now=now, viewer=viewer)
        cards = [present_contest_card(contest, now=now) for contest in listed]
        problem_rows = [
            present_problem_row(problem) for problem in problems.list_settable(session, viewer=viewer)
        ]
        recent = present_judged(
            session, submissions.list_submissions(session, viewer=viewer, is_everyone=True, limit=N_RECENT)
        )
    return render_template("organizer/index.html", contests=cards, problems=problem_rows, recent=recent)


@blueprint.route("/contests/new", methods=["GET", "POST"])
@organizer
def new_contest() -> ResponseReturnValue:
    """Make a contest of one phase."""
    form = ContestForm()
    with runtime().database.read() as session:
        listed = problems.list_settable(session, viewer=own_account(session))
        cards = [present_problem_card(problem) for problem in listed]
    form.problems.choices = [SelectChoice(card.slug, card.name) for card in cards]
    if form.validate_on_submit():
        try:
            make_contest(form)
        except JudgeError as error:
            show_error(form, error)
        else:
            flash(gettext("The contest is created."), "success")
            return redirect(url_for("contests.show", slug=form.slug.data), 303)
    return render_template("organizer/new_contest.html", form=form), 422 if form.errors else 200


def make_contest(form: ContestForm) -> None:
    """Give a filled-in form to the domain.

    Raises:
        JudgeError: the address is taken, or times or problems do not fit.
    """
    phase = PhaseDraft(
        names={"en": "Main phase", "zh": "正式阶段"},
        starts_at=as_utc(form.starts_at.data),
        ends_at=as_utc(form.ends_at.data),
        reveal_at=as_utc(form.reveal_at.data) or as_utc(form.ends_at.data),
        quota_per_day=form.quota_per_day.data,
    )
    with runtime().database.transaction() as session:
        contests.create_contest(
            session,
            slug=form.slug.data,
            kind=ContestKind.COMPETITION,
            names={"en": form.name_en.data, "zh": form.name_zh.data},
            summaries={"en": form.summary_en.data or "", "zh": form.summary_zh.data or ""},
            owner=own_account(session),
            phases=[phase],
            problem_slugs=form.problems.data or [],
            is_published=form.is_published.data,
        )
