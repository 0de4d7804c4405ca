"""The organizer's overview, making and changing a contest, judging again."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from wtforms.fields import SelectChoice

from judge.clock import utc_now
from judge.errors import InvalidInput, JudgeError
from judge.models.words import ContestKind
from judge.services import contests, problems, submissions
from judge.services.access import runs_contest
from judge.services.phase_rules import PhaseDraft
from judge.services.rejudgings import again
from web.access import organizer, own_account
from web.blueprints.organizer.editing import edit_form, save
from web.blueprints.organizer.forms import ContestForm
from web.blueprints.organizer.presenters import present_filters, present_judged, present_problem_row
from web.context import runtime
from web.forms import show_error
from web.presenters.addresses import page_mark
from web.presenters.contests import present_contest_card
from web.presenters.moments import as_utc
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
        hidden = {contest.slug for contest in listed if not contest.is_published}
        editable = {contest.slug for contest in listed if runs_contest(viewer, contest)}
        problem_rows = [
            present_problem_row(problem) for problem in problems.list_settable(session, viewer=viewer)
        ]
        filters = present_filters(
            request.args, [card for card in cards if card.slug in editable], problem_rows
        )
        chosen = {field.name: field.value for field in filters}
        found = submissions.list_submissions(
            session,
            viewer=viewer,
            contest_slug=chosen["contest"],
            problem_slug=chosen["problem"],
            verdict=chosen["verdict"],
            before_id=request.args.get("before", type=page_mark),
            is_everyone=True,
            limit=N_RECENT + 1,
        )
        recent = present_judged(session, found[:N_RECENT])
    is_more = len(found) > N_RECENT
    return render_template(
        "organizer/index.html",
        contests=cards,
        hidden=hidden,
        editable=editable,
        problems=problem_rows,
        recent=recent,
        filters=filters,
        rejudge_url=rejudge_url(chosen),
        older_url=older_url(found[N_RECENT - 1].id, chosen) if is_more else "",
    )


def older_url(before: int, chosen: dict[str, str | None]) -> str:
    """Return where the list goes on, with the same filters."""
    kept: dict[str, Any] = dict(chosen)
    return url_for("organizer.index", before=before, **kept)


def rejudge_url(chosen: dict[str, str | None]) -> str:
    """Return where the shown submissions can be judged again; empty unless all are of one contest."""
    kept: dict[str, Any] = dict(chosen)
    return url_for("rejudgings.new", **kept) if chosen["contest"] else ""


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
    return render_template("organizer/new_contest.html", form=form), 422 if request.method == "POST" else 200


@blueprint.route("/contests/<slug>/edit", methods=["GET", "POST"])
@organizer
def edit_contest(slug: str) -> ResponseReturnValue:
    """Change a contest: its texts, visibility, phases, and further problems."""
    form = edit_form(slug)
    if form.validate_on_submit():
        try:
            save(form, slug)
        except JudgeError as error:
            if error.status in (403, 404):
                raise
            show_error(form, error)
        else:
            flash(gettext("The contest is saved."), "success")
            return redirect(url_for("contests.show", slug=slug), 303)
    page = render_template("organizer/edit_contest.html", form=form, slug=slug)
    return page, 422 if request.method == "POST" else 200


@blueprint.post("/submissions/<public_id>/judge-again")
@organizer
def judge_again(public_id: str) -> ResponseReturnValue:
    """Queue a submission again that ended with a judge error."""
    with runtime().database.transaction() as session:
        viewer = own_account(session)
        submission = submissions.get_submission(session, public_id, viewer=viewer)
        judgement = again.judge_again(session, submission, actor=viewer, now=utc_now())
        judgement_id, state = judgement.id, judgement.state
        gpu_need = judgement.problem_version.gpu_need
    runtime().events.publish(public_id, {"state": state})
    runtime().dispatcher.ring(judgement_id, gpu_need)
    flash(gettext("It is judged again."), "success")
    return redirect(url_for("submissions.show", public_id=public_id), 303)


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
        owner = own_account(session)
        settable = {problem.slug for problem in problems.list_settable(session, viewer=owner)}
        if not settable.issuperset(form.problems.data or []):
            raise InvalidInput(fields={"problems": "There is no published problem of this name."})
        contests.create_contest(
            session,
            slug=form.slug.data,
            kind=ContestKind.COMPETITION,
            names={"en": form.name_en.data, "zh": form.name_zh.data},
            summaries={"en": form.summary_en.data or "", "zh": form.summary_zh.data or ""},
            owner=owner,
            phases=[phase],
            problem_slugs=form.problems.data or [],
            is_published=form.is_published.data,
        )
