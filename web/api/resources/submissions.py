"""Submissions: hand in, watch, list, fetch back."""

from flask import Response, request, send_file, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from judge.clock import utc_now
from judge.errors import NotFound, PayloadTooLarge
from judge.models import Submission
from judge.services import intake, model_answers, problems, selecting, submissions, visibility
from judge.services.cancelling import cancel
from web.api import conduct_schemas, queries, schemas
from web.api.auth import own_account, token
from web.api.blueprint import MIB, MULTIPART_ALLOWANCE, blueprint
from web.api.described import faults
from web.api.model_calls import ModelCallsOut, present_calls
from web.api.names import public_id_of, slug_of
from web.api.options import merged_options
from web.api.presenters import present_submission
from web.api.uploads import Upload, open_upload
from web.api.waiting import MAX_WAIT_S, wait_until
from web.context import runtime
from web.pictures import send_picture

FINAL_STATES = ("done", "cancelled")


@blueprint.post("/problems/<slug>/submissions")
@blueprint.input(queries.SubmitQuery, location="query")
@blueprint.output(schemas.SubmissionOut, status_code=201)
@blueprint.doc(
    summary="Hand in a file",
    security="token",
    responses=faults(400, 401, 403, 404, 409, 413, 415, 422),
    tags=["Submissions"],
)
@token
def create_submission(
    slug: str, query_data: queries.SubmitQuery
) -> tuple[schemas.SubmissionOut, int, dict[str, str]]:
    """Take a file and queue it: the raw body with `?filename=`, or the field `file` of a form.

    With an `Idempotency-Key` header a repetition within a day gives the same submission.
    """
    key = request.headers.get("Idempotency-Key")
    check_announced_size(slug_of(slug))
    upload = open_upload(request, filename=query_data.filename)
    submission = receive(slug, upload, merged_options(query_data, upload.options), key)
    now = utc_now()
    with runtime().database.read() as session:
        viewer = own_account(session)
        fresh = submissions.get_submission(session, submission.public_id, viewer=viewer)
        quota = submissions.quota_left(
            session, phase=fresh.phase, problem=fresh.problem, team=fresh.team, now=now
        )
        shown = present_submission(session, fresh, viewer=viewer, now=now, quota=quota)
    return shown, 201, {"Location": url_for("api.get_submission", public_id=shown.id)}


def check_announced_size(slug: str) -> None:
    """Refuse an upload by its Content-Length, before any of it is read.

    Raises:
        NotFound: there is no such problem.
        PayloadTooLarge: more than the problem takes.
    """
    with runtime().database.read() as session:
        problem = problems.get_problem(session, slug, viewer=own_account(session))
        if problem.current_version is None:
            raise NotFound
        max_mib = float(problem.current_version.spec["submission"]["max_mib"])
    announced = request.content_length
    if announced is not None and announced > max_mib * MIB + MULTIPART_ALLOWANCE:
        raise PayloadTooLarge(params={"limit_mib": f"{max_mib:g}"})


def receive(slug: str, upload: Upload, options: queries.SubmitQuery, key: str | None) -> Submission:
    """Hand the stream to the intake."""
    with runtime().database.read() as session:
        account = own_account(session)
    try:
        return intake.receive(
            runtime(),
            account=account,
            problem_slug=slug,
            contest_slug=options.contest,
            team_id=options.team,
            filename=upload.filename,
            chunks=upload.chunks,
            format=options.format or None,
            note=options.note or "",
            idempotency_key=key,
            is_smoke=options.smoke is True,
        )
    except RequestEntityTooLarge as error:  # no Content-Length, and the site's own cap was reached
        raise PayloadTooLarge(params={"limit_mib": f"{runtime().settings.max_upload_mib:g}"}) from error


@blueprint.get("/submissions")
@blueprint.input(queries.SubmissionsQuery, location="query")
@blueprint.output(schemas.SubmissionsOut)
@blueprint.doc(
    summary="List own submissions", security="token", responses=faults(401, 404, 422), tags=["Submissions"]
)
@token
def list_submissions(query_data: queries.SubmissionsQuery) -> schemas.SubmissionsOut:
    """Return the submissions of the own teams, the newest first."""
    now = utc_now()
    with runtime().database.read() as session:
        viewer = own_account(session)
        before = None
        if query_data.cursor:
            before = submissions.get_submission(session, public_id_of(query_data.cursor), viewer=viewer).id
        listed = submissions.list_submissions(
            session,
            viewer=viewer,
            problem_slug=query_data.problem,
            contest_slug=query_data.contest,
            team_id=query_data.team,
            before_id=before,
            limit=query_data.limit + 1,
        )
        shown = listed[: query_data.limit]
        items = [present_submission(session, item, viewer=viewer, now=now) for item in shown]
    has_more = len(listed) > query_data.limit
    return schemas.SubmissionsOut(items=items, next=items[-1].id if has_more else None)


@blueprint.get("/submissions/<public_id>")
@blueprint.input(queries.SubmissionQuery, location="query")
@blueprint.output(schemas.SubmissionOut)
@blueprint.doc(
    summary="One submission", security="token", responses=faults(401, 404, 422), tags=["Submissions"]
)
@token
def get_submission(public_id: str, query_data: queries.SubmissionQuery) -> schemas.SubmissionOut:
    """Return a submission; with `wait`, once judging is over, or its state is no longer `since`."""
    name = public_id_of(public_id)

    def look() -> schemas.SubmissionOut:
        with runtime().database.read() as session:
            viewer = own_account(session)
            found = submissions.get_submission(session, name, viewer=viewer)
            return present_submission(session, found, viewer=viewer, now=utc_now())

    def is_enough(seen: schemas.SubmissionOut) -> bool:
        return seen.state in FINAL_STATES or query_data.since not in (None, seen.state)

    return wait_until(runtime().events, name, look, is_enough, wait_s=min(query_data.wait, MAX_WAIT_S))


@blueprint.post("/submissions/<public_id>/cancellation")
@blueprint.output(schemas.SubmissionOut)
@blueprint.doc(
    summary="Cancel a submission that still waits",
    security="token",
    responses=faults(400, 401, 404, 409, 415),
    tags=["Submissions"],
)
@token
def cancel_submission(public_id: str) -> schemas.SubmissionOut:
    """Take a submission back before it is judged; it then costs nothing."""
    now = utc_now()
    with runtime().database.transaction() as session:
        viewer = own_account(session)
        found = submissions.get_submission(session, public_id_of(public_id), viewer=viewer)
        cancel(session, found, actor=viewer, now=now)
        shown = present_submission(session, found, viewer=viewer, now=now)
    runtime().events.publish(shown.id, {"state": "cancelled"})
    return shown


@blueprint.get("/submissions/<public_id>/calls")
@blueprint.output(ModelCallsOut)
@blueprint.doc(
    summary="What a model was asked for a submission, and what it answered: for organizers",
    security="token",
    responses=faults(401, 403, 404),
    tags=["Submissions"],
)
@token
def list_model_calls(public_id: str) -> ModelCallsOut:
    """Return the audit of a submission of kind prompt. It holds hidden rows: contestants never see it."""
    with runtime().database.read() as session:
        viewer = own_account(session)
        found = submissions.get_submission(session, public_id_of(public_id), viewer=viewer)
        judgement = submissions.current_judgement(session, found)
        return present_calls(model_answers.list_calls(session, judgement, viewer=viewer))


@blueprint.get("/submissions/<public_id>/file")
@blueprint.doc(
    summary="Fetch back what was handed in",
    security="token",
    responses={
        200: {"description": "the file", "content": {"application/octet-stream": {}}},
        **faults(401, 404),
    },
    tags=["Submissions"],
)
@token
def get_submission_file(public_id: str) -> Response:
    """Send the file to whoever may see the submission."""
    with runtime().database.read() as session:
        found = submissions.get_submission(session, public_id_of(public_id), viewer=own_account(session))
        sha256, filename = found.blob_sha256, found.filename
    return send_file(
        runtime().blobs.local_path(sha256),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=filename,
        etag=sha256,
        max_age=0,
    )


@blueprint.get("/submissions/<public_id>/plots/<name>")
@blueprint.doc(
    summary="A picture of the problem's scorer",
    security="token",
    responses={
        200: {"description": "the picture", "content": {"image/png": {}, "image/svg+xml": {}}},
        **faults(401, 404),
    },
    tags=["Submissions"],
)
@token
def get_submission_plot(public_id: str, name: str) -> Response:
    """Send a picture to whoever may see it: of the private split, once that is revealed."""
    with runtime().database.read() as session:
        viewer = own_account(session)
        found = submissions.get_submission(session, public_id_of(public_id), viewer=viewer)
        judgement = submissions.current_judgement(session, found)
        plot = visibility.find_plot(judgement, name, viewer=viewer, phase=found.phase, now=utc_now())
    return send_picture(plot["sha256"], plot["media_type"])


@blueprint.put("/submissions/<public_id>/selection")
@blueprint.input(conduct_schemas.ChoiceIn, location="json")
@blueprint.output(conduct_schemas.ChoiceOut)
@blueprint.doc(
    summary="Choose a final submission",
    security="token",
    responses=faults(400, 401, 404, 409, 413, 422),
    tags=["Submissions"],
)
@token
def choose_submission(public_id: str, json_data: conduct_schemas.ChoiceIn) -> conduct_schemas.ChoiceOut:
    """Make a submission one of the team's final ones, or not, where the phase lets teams choose."""
    with runtime().database.transaction() as session:
        account = own_account(session)
        found = submissions.get_submission(session, public_id_of(public_id), viewer=account)
        selecting.choose(session, found, is_selected=json_data.is_selected, account=account, now=utc_now())
        return conduct_schemas.ChoiceOut(
            submission=found.public_id,
            is_selected=found.is_selected,
            n_selected=selecting.count_chosen(session, found),
            limit=found.phase.n_selected,
        )
