"""The list of runner images, and what one holds."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from judge.clock import utc_now
from judge.services import images
from web.access import public
from web.context import runtime
from web.presenters.images import present_build, present_image_card

blueprint = Blueprint("images", __name__)


@blueprint.get("/images")
@public
def index() -> ResponseReturnValue:
    """List the images."""
    with runtime().database.read() as session:
        cards = [present_image_card(image) for image in images.list_images(session)]
    return render_template("images/index.html", images=cards)


@blueprint.get("/images/<name>")
@public
def show(name: str) -> ResponseReturnValue:
    """Show every package of an image, for each build that a worker has."""
    now = utc_now()
    with runtime().database.read() as session:
        found = images.builds_of(session, name, now=now)
        card, builds = present_image_card(found[0]), [present_build(image, now=now) for image in found]
    return render_template("images/show.html", card=card, builds=builds)
