"""Select, begin, look, decide."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from judge.clock import utc_now
from judge.errors import InvalidInput, JudgeError
from judge.services import contests
from judge.services.rejudgings import applying, life, selection
from web.access import organizer, own_account
from web.blueprints.rejudgings.forms import RejudgingForm, prefilled
from web.blueprints.rejudgings.presenters import (
    PAGE_SIZE,
    present_line,
    present_page,
    present_part,
    present_ranks,
    present_selected,
)
from web.context import runtime
from web.forms import EmptyForm, show_error
from web.i18n import localised
from web.presenters.addresses import page_mark

blueprint = Blueprint("rejudgings", __name__, url_prefix="/organizer/rejudgings")
MAX_ROW_ID = 2**31 - 1
WHERE = f"/<int(max={MAX_ROW_ID}):rejudging_id>"


@blueprint.get("")
@organizer
def index() -> ResponseReturnValue:
    """List the rejudgings of one's contests, newest first."""
    with runtime().database.read() as session:
        viewer = own_account(session)
        found = life.list_rejudgings(
            session, viewer=viewer, before_id=request.args.get("before", type=page_mark), limit=PAGE_SIZE + 1
        )
        lines = [present_line(session, one) for one in found[:PAGE_SIZE]]
        own = [
            (contest.slug, localised(contest.names))
            for contest in contests.list_run_contests(session, viewer=viewer)
        ]
    older = lines[-1].id if len(found) > PAGE_SIZE else None
    return render_template("rejudgings/index.html", lines=lines, contests=own, older=older)


@blueprint.route("/new", methods=["GET", "POST"])
@organizer
def new() -> ResponseReturnValue:
    """Choose submissions of a contest, count them, begin."""
    slug = request.args.get("contest", "")
    with runtime().database.read() as session:
        viewer = own_account(session)
        contest = contests.get_run_contest(session, slug, viewer=viewer)
        form = RejudgingForm(data=prefilled(request.args))
        form.offer(contest, life.list_rejudgings(session, viewer=viewer, contest_slug=slug))
        name = localised(contest.names)
    counted, status = None, 200
    if form.validate_on_submit():
        try:
            if request.form.get("act") == "begin":
                return redirect(url_for("rejudgings.show", rejudging_id=begin(form, slug)), 303)
            counted = count(form, slug)
        except JudgeError as error:
            if error.status == 403:
                raise
            status = error.status
            show_error(form, error)
    page = render_template("rejudgings/new.html", form=form, slug=slug, name=name, counted=counted)
    return page, 422 if form.errors else status


@blueprint.get(WHERE)
@organizer
def show(rejudging_id: int) -> ResponseReturnValue:
    """Show how far it is, the matrix and what changes."""
    with runtime().database.read() as session:
        rejudging = life.get_rejudging(session, rejudging_id, viewer=own_account(session))
        page = present_page(session, rejudging)
        part = present_part(session, rejudging, request.args)
        ranks = present_ranks(session, rejudging, page)
    return render_template("rejudgings/show.html", page=page, part=part, ranks=ranks)


@blueprint.route(f"{WHERE}/apply", methods=["GET", "POST"])
@organizer
def apply(rejudging_id: int) -> ResponseReturnValue:
    """Ask once more, then make its results the ones that count."""
    if request.method == "GET":
        return confirm_page(rejudging_id, "apply")
    with runtime().database.transaction() as session:
        actor = own_account(session)
        rejudging = life.get_rejudging(session, rejudging_id, viewer=actor)
        is_partial = request.form.get("partial") == "1"
        done = applying.apply(session, rejudging, actor=actor, now=utc_now(), is_partial=is_partial)
    flash(gettext("Applied: %(n)d results were taken over.", n=done.n_applied), "success")
    return redirect(url_for("rejudgings.show", rejudging_id=rejudging_id), 303)


@blueprint.route(f"{WHERE}/discard", methods=["GET", "POST"])
@organizer
def discard(rejudging_id: int) -> ResponseReturnValue:
    """Ask once more, then end it without any change."""
    if request.method == "GET":
        return confirm_page(rejudging_id, "discard")
    with runtime().database.transaction() as session:
        actor = own_account(session)
        rejudging = life.get_rejudging(session, rejudging_id, viewer=actor)
        life.discard(session, rejudging, actor=actor, now=utc_now())
    flash(gettext("Discarded: every result stays as it was."), "success")
    return redirect(url_for("rejudgings.show", rejudging_id=rejudging_id), 303)


def confirm_page(rejudging_id: int, act: str) -> str:
    """Render the question before a decision.

    Raises:
        Conflict: it is decided already.
    """
    with runtime().database.read() as session:
        rejudging = life.get_rejudging(session, rejudging_id, viewer=own_account(session))
        life.require_open(rejudging)
        page = present_page(session, rejudging)
    return render_template("rejudgings/confirm.html", page=page, act=act, form=EmptyForm())


def begin(form: RejudgingForm, slug: str) -> int:
    """Give a filled-in form to the domain; return the new rejudging's id.

    Raises:
        JudgeError: the selection makes no sense or picks nothing, or no reason is given.
    """
    with runtime().database.read() as session:
        actor = own_account(session)
    chosen = checked(form)
    return life.start(runtime(), slug, selection=chosen, reasons=form.reasons(), actor=actor)


def count(form: RejudgingForm, slug: str) -> list[tuple[str, str, int, list[tuple[object, int]]]]:
    """Return what the form would select now.

    Raises:
        JudgeError: the selection makes no sense.
    """
    chosen = checked(form)
    with runtime().database.read() as session:
        contest = contests.get_run_contest(session, slug, viewer=own_account(session))
        return present_selected(selection.batches(session, contest, chosen))


def checked(form: RejudgingForm) -> selection.Selection:
    """Return what is selected.

    Raises:
        InvalidInput: the version is another problem's.
    """
    if form.is_mismatched():
        raise InvalidInput(fields={"version": "This version is another problem's."})
    return form.selection()
