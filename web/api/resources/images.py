"""Runner images: the list, and what one holds."""

from judge.clock import utc_now
from judge.services import images
from web.api import images_json
from web.api.auth import maybe_token
from web.api.blueprint import blueprint
from web.api.described import faults
from web.context import runtime


@blueprint.get("/images")
@blueprint.output(images_json.ImagesOut)
@blueprint.doc(summary="List runner images", responses=faults(401), tags=["Images"])
@maybe_token
def list_images() -> images_json.ImagesOut:
    """Return the images that workers reported, each as it was seen last, without its packages."""
    now = utc_now()
    with runtime().database.read() as session:
        items = [images_json.present_image(image, now=now) for image in images.list_images(session)]
    return images_json.ImagesOut(items=items)


@blueprint.get("/images/<name>")
@blueprint.output(images_json.ImageDetailOut)
@blueprint.doc(summary="One runner image", responses=faults(401, 404), tags=["Images"])
@maybe_token
def get_image(name: str) -> images_json.ImageDetailOut:
    """Return every build of an image that a worker has now, with all packages; else the one seen last."""
    now = utc_now()
    with runtime().database.read() as session:
        return images_json.present_image_detail(images.builds_of(session, name, now=now), now=now)
