"""Which teams hand in nearly the same predictions again and again, or another team's."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from judge.services import contests, likeness
from web.access import organizer, own_account
from web.blueprints.probing.presenters import present_findings
from web.context import runtime
from web.i18n import localised

blueprint = Blueprint("probing", __name__, url_prefix="/organizer/contests")


@blueprint.get("/<slug>/probing")
@organizer
def show(slug: str) -> ResponseReturnValue:
    """Show what was found in a contest."""
    with runtime().database.read() as session:
        viewer = own_account(session)
        contest = contests.get_run_contest(session, slug, viewer=viewer)
        findings = present_findings(likeness.find_probing(session, contest, viewer=viewer))
        name = localised(contest.names)
    return render_template("probing/show.html", findings=findings, slug=slug, name=name)
