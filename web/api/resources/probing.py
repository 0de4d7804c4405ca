"""Predictions that are nearly equal, for who runs a contest."""

from judge.services import contests, likeness
from web.api import probing_schemas as schemas
from web.api.auth import own_account, token
from web.api.blueprint import blueprint
from web.api.described import faults
from web.api.names import slug_of
from web.context import runtime


@blueprint.get("/contests/<slug>/probing")
@blueprint.output(schemas.ProbingOut)
@blueprint.doc(
    summary="Nearly equal predictions", security="token", responses=faults(401, 403, 404), tags=["Contests"]
)
@token
def get_probing(slug: str) -> schemas.ProbingOut:
    """Return whose submissions are nearly equal to earlier ones, of the same team and of others."""
    with runtime().database.read() as session:
        viewer = own_account(session)
        contest = contests.get_run_contest(session, slug_of(slug), viewer=viewer)
        return schemas.ProbingOut.of(likeness.find_probing(session, contest, viewer=viewer))
