"""Problems: the list, one with its statement, its files."""

from pathlib import PurePosixPath

from flask import Response, send_file

from judge.errors import NotFound
from judge.models import ProblemVersion
from judge.services import contests, problems
from web.api import queries, schemas
from web.api.auth import account_in, maybe_token
from web.api.blueprint import blueprint
from web.api.described import faults
from web.api.names import slug_of
from web.api.presenters import PUBLIC, present_problem, present_problem_detail
from web.context import runtime


@blueprint.get("/problems")
@blueprint.input(queries.ProblemsQuery, location="query")
@blueprint.output(schemas.ProblemsOut)
@blueprint.doc(summary="List problems", responses=faults(401, 404, 422), tags=["Problems"])
@maybe_token
def list_problems(query_data: queries.ProblemsQuery) -> schemas.ProblemsOut:
    """Return the problems that can be seen, all of them or those of one contest."""
    with runtime().database.read() as session:
        if query_data.contest:
            contests.get_contest(session, query_data.contest, viewer=account_in(session))
        listed = problems.list_problems(session, contest_slug=query_data.contest)
        items = [present_problem(item, item.current_version) for item in listed if item.current_version]
    return schemas.ProblemsOut(items=items)


@blueprint.get("/problems/<slug>")
@blueprint.output(schemas.ProblemDetailOut)
@blueprint.doc(summary="One problem", responses=faults(401, 404), tags=["Problems"])
@maybe_token
def get_problem(slug: str) -> schemas.ProblemDetailOut:
    """Return a problem with its statement in the language of `Accept-Language`, and its files."""
    with runtime().database.read() as session:
        problem = problems.get_problem(session, slug_of(slug), viewer=account_in(session))
        return present_problem_detail(problem, published(problem.current_version))


@blueprint.get("/problems/<slug>/files/<path:name>")
@blueprint.doc(
    summary="Download a file",
    responses={
        200: {"description": "the file", "content": {"application/octet-stream": {}}},
        **faults(401, 404),
    },
    tags=["Problems"],
)
@maybe_token
def download(slug: str, name: str) -> Response:
    """Send one of a problem's public files."""
    with runtime().database.read() as session:
        problem = problems.get_problem(session, slug_of(slug), viewer=account_in(session))
        files = problems.public_files(published(problem.current_version))
    wanted = next((file for file in files if file.path.removeprefix(PUBLIC) == name), None)
    if wanted is None:
        raise NotFound
    return send_file(
        runtime().blobs.local_path(wanted.sha256),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=PurePosixPath(wanted.path).name,
        etag=wanted.sha256,
        max_age=0,
    )


def published(version: ProblemVersion | None) -> ProblemVersion:
    """Return a version that is there.

    Raises:
        NotFound: the problem has none yet.
    """
    if version is None:
        raise NotFound
    return version
