"""Hand in a file, watch what happens to it, look back."""

from flask import (
    Blueprint,
    Response,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    send_file,
    stream_with_context,
    url_for,
)
from flask.typing import ResponseReturnValue

from judge.clock import utc_now
from judge.errors import JudgeError
from judge.services import problems, receipts, selecting, submissions, visibility
from judge.services.cancelling import cancel
from web.access import own_account, signed_in
from web.blueprints.submissions.forms import SubmitForm
from web.blueprints.submissions.page import hand_in, submit_page
from web.blueprints.submissions.presenters import (
    PAGE_SIZE,
    present_history,
    present_panel_of,
    present_submission,
)
from web.context import runtime
from web.errors import wants_json
from web.extensions import limiter
from web.forms import show_error
from web.i18n import error_text
from web.live import Snapshot, slots, stream
from web.pictures import send_picture
from web.presenters.addresses import page_mark
from web.presenters.problems import present_problem_card

blueprint = Blueprint("submissions", __name__)


@blueprint.route("/problems/<slug>/submit", methods=["GET", "POST"])
@signed_in
@limiter.limit("60 per minute", methods=["POST"])
def submit(slug: str) -> ResponseReturnValue:
    """Show the form, or take what it sent; the page's script wants JSON back."""
    form = SubmitForm()
    if request.method == "GET":
        return submit_page(form, slug)
    try:
        public_id = hand_in(form, slug)
    except JudgeError as error:
        if wants_json() or error.status == 404:
            raise
        if not form.errors:
            show_error(form, error)
        return submit_page(form, slug), error.status
    where = url_for("submissions.show", public_id=public_id)
    return (jsonify(location=where), 201) if wants_json() else redirect(where, 303)


@blueprint.get("/submissions")
@signed_in
def index() -> ResponseReturnValue:
    """Show the own history, newest first."""
    filters = {name: request.args.get(name) or None for name in ("problem", "contest")}
    with runtime().database.read() as session:
        viewer = own_account(session)
        listed = submissions.list_submissions(
            session,
            viewer=viewer,
            problem_slug=filters["problem"],
            contest_slug=filters["contest"],
            before_id=request.args.get("before", type=page_mark),
            limit=PAGE_SIZE + 1,
        )
        history = present_history(session, listed, viewer=viewer, now=utc_now())
        choices = [present_problem_card(problem) for problem in problems.list_problems(session)]
    return render_template("submissions/index.html", history=history, filters=filters, choices=choices)


@blueprint.get("/submissions/<public_id>")
@signed_in
def show(public_id: str) -> ResponseReturnValue:
    """Show one submission; a script keeps the panel on it live."""
    with runtime().database.read() as session:
        viewer = own_account(session)
        submission = submissions.get_submission(session, public_id, viewer=viewer)
        page = present_submission(session, submission, viewer=viewer, now=utc_now())
    return render_template("submissions/show.html", page=page, panel=page.panel)


@blueprint.post("/submissions/<public_id>/cancel")
@signed_in
def withdraw(public_id: str) -> ResponseReturnValue:
    """Take a submission back that still waits."""
    now = utc_now()
    with runtime().database.transaction() as session:
        viewer = own_account(session)
        submission = submissions.get_submission(session, public_id, viewer=viewer)
        cancel(session, submission, actor=viewer, now=now)
    runtime().events.publish(public_id, {"state": "cancelled"})
    return redirect(url_for("submissions.show", public_id=public_id), 303)


@blueprint.post("/submissions/<public_id>/selection")
@signed_in
def choose(public_id: str) -> ResponseReturnValue:
    """Make a submission one of the team's final ones, or not."""
    try:
        with runtime().database.transaction() as session:
            account = own_account(session)
            submission = submissions.get_submission(session, public_id, viewer=account)
            is_selected = request.form.get("selected") == "1"
            selecting.choose(session, submission, is_selected=is_selected, account=account, now=utc_now())
    except JudgeError as error:
        if error.status == 404:
            raise
        flash(error_text(error), "danger")
    return redirect(url_for("submissions.show", public_id=public_id), 303)


@blueprint.get("/submissions/<public_id>/panel")
@signed_in
def panel(public_id: str) -> ResponseReturnValue:
    """Return the panel as it is now, for browsers whose stream is cut."""
    return jsonify(snapshot_of(public_id))


@blueprint.get("/submissions/<public_id>/events")
@signed_in
@limiter.exempt
def events(public_id: str) -> ResponseReturnValue:
    """Stream the panel after every change, until it is final."""
    snapshot_of(public_id)  # refuses strangers before a slot is taken
    places = slots()
    if not places.take():
        return jsonify(code="too-many-streams"), 503, {"Retry-After": "5"}
    road = stream(runtime().events, public_id, lambda: snapshot_of(public_id))
    answer = Response(stream_with_context(road), mimetype="text/event-stream")
    answer.headers.update({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
    answer.call_on_close(places.give_back)
    return answer


@blueprint.get("/submissions/<public_id>/file")
@signed_in
def download(public_id: str) -> ResponseReturnValue:
    """Send what was handed in, back to who may see it."""
    with runtime().database.read() as session:
        submission = submissions.get_submission(session, public_id, viewer=own_account(session))
        sha256, filename = submission.blob_sha256, submission.filename
    return send_file(
        runtime().blobs.local_path(sha256),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=filename,
        etag=sha256,
        max_age=0,
    )


@blueprint.get("/submissions/<public_id>/receipt.json")
@signed_in
def receipt(public_id: str) -> ResponseReturnValue:
    """Send the signed receipt of the current result, with the scores that may be seen now."""
    with runtime().database.read() as session:
        viewer = own_account(session)
        submission = submissions.get_submission(session, public_id, viewer=viewer)
        found = receipts.get_receipt(session, submission, viewer=viewer, now=utc_now())
    answer = jsonify(found)
    answer.headers["Content-Disposition"] = f'attachment; filename="receipt-{submission.public_id}.json"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@blueprint.get("/submissions/<public_id>/plots/<name>")
@signed_in
def plot(public_id: str, name: str) -> ResponseReturnValue:
    """Send a scorer's picture, to who may see it; nothing in it can act."""
    with runtime().database.read() as session:
        viewer = own_account(session)
        submission = submissions.get_submission(session, public_id, viewer=viewer)
        judgement = submissions.current_judgement(session, submission)
        found = visibility.find_plot(judgement, name, viewer=viewer, phase=submission.phase, now=utc_now())
    return send_picture(found["sha256"], found["media_type"])


def snapshot_of(public_id: str) -> Snapshot:
    """Return the panel as data and as HTML, as the signed-in account may see it."""
    with runtime().database.read() as session:
        viewer = own_account(session)
        submission = submissions.get_submission(session, public_id, viewer=viewer)
        shown = present_panel_of(session, submission, viewer=viewer, now=utc_now())
    return {
        "state": shown.state,
        "is_final": shown.is_final,
        "announcement": shown.announcement,
        "html": render_template("submissions/panel.html", panel=shown),
    }
