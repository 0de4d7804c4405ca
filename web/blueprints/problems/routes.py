"""The practice list, a problem's page, its pictures and downloads."""

from pathlib import PurePosixPath

from flask import Blueprint, Response, render_template, request, send_file
from flask.typing import ResponseReturnValue

from judge.clock import utc_now
from judge.errors import NotFound
from judge.services import problems
from web.access import account_in, public
from web.blueprints.problems.presenters import present_problem
from web.context import runtime
from web.presenters.contests import PRACTICE
from web.presenters.places import places_of
from web.presenters.problems import present_problem_card

blueprint = Blueprint("problems", __name__)

PICTURES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif",
            ".webp": "image/webp", ".svg": "image/svg+xml"}  # fmt: skip
# A picture is only ever shown by <img>; opened by itself, an SVG must not be a page of ours.
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@blueprint.get("/practice")
@public
def index() -> ResponseReturnValue:
    """List the practice problems."""
    with runtime().database.read() as session:
        listed = problems.list_problems(session, contest_slug=PRACTICE)
        cards = [present_problem_card(problem) for problem in listed]
    return render_template("problems/index.html", problems=cards)


@blueprint.get("/problems/<slug>")
@public
def show(slug: str) -> ResponseReturnValue:
    """Show a problem."""
    wanted = request.args.get("contest")
    with runtime().database.read() as session:
        account = account_in(session)
        problem = problems.get_problem(session, slug, viewer=account)
        page = present_problem(runtime(), session, problem)
        places = places_of(session, problem, viewer=account, wanted=wanted, now=utc_now())
    return render_template("problems/show.html", page=page, places=places)


@blueprint.get("/problems/<slug>/files/<path:name>")
@public
def download(slug: str, name: str) -> ResponseReturnValue:
    """Send a public file."""
    with runtime().database.read() as session:
        problem = problems.get_problem(session, slug, viewer=account_in(session))
        wanted = problems.get_public_file(problems.current_version(problem), name)
    return send_file(
        runtime().blobs.local_path(wanted.sha256),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=PurePosixPath(wanted.path).name,
        etag=wanted.sha256,
        max_age=0,
    )


@blueprint.get("/problems/<slug>/statement/<path:name>")
@public
def picture(slug: str, name: str) -> ResponseReturnValue:
    """Send a picture of the statement."""
    mimetype = PICTURES.get(PurePosixPath(name).suffix.lower())
    if mimetype is None:
        raise NotFound("There is no file of this name.", code="file-not-found")
    with runtime().database.read() as session:
        problem = problems.get_problem(session, slug, viewer=account_in(session))
        stored = problems.get_statement_file(problems.current_version(problem), name)
    path = runtime().blobs.local_path(stored.sha256)
    answer: Response = send_file(path, mimetype=mimetype, etag=stored.sha256, max_age=3600)
    answer.headers["Content-Security-Policy"] = PICTURE_POLICY
    return answer
