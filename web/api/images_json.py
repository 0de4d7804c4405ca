"""Runner images in the API: types, and how rows become them."""

from datetime import datetime

from flask import url_for

from judge.models import RunnerImage
from judge.services import images
from web.api.schema_base import JsonObject, Out
from web.i18n import localised


class ImageOut(Out):
    """A runner image in a list."""

    name: str
    title: str
    titles: dict[str, str]
    digest: str
    provider: str
    seen_at: datetime
    is_current: bool
    urls: dict[str, str]


class ImagesOut(Out):
    """Runner images."""

    items: list[ImageOut]


class ImageBuildOut(Out):
    """One build of an image. `manifest` lists every package with its version and licence."""

    digest: str
    provider: str
    seen_at: datetime
    is_current: bool
    manifest: JsonObject


class ImageDetailOut(ImageOut):
    """An image with its builds: those that workers have now, else the one seen last."""

    builds: list[ImageBuildOut]


def present_image(image: RunnerImage, *, now: datetime) -> ImageOut:
    """Return an image as a line of the list."""
    return ImageOut(
        name=image.name,
        title=localised(image.titles) or image.name,
        titles=dict(image.titles),
        digest=image.digest,
        provider=image.provider,
        seen_at=image.seen_at,
        is_current=images.is_current(image, now=now),
        urls={
            "self": url_for("api.get_image", name=image.name, _external=True),
            "html": url_for("images.show", name=image.name, _external=True),
        },
    )


def present_image_detail(builds: list[RunnerImage], *, now: datetime) -> ImageDetailOut:
    """Return an image with all packages of each build."""
    return ImageDetailOut(
        **present_image(builds[0], now=now).model_dump(),
        builds=[
            ImageBuildOut(
                digest=build.digest,
                provider=build.provider,
                seen_at=build.seen_at,
                is_current=images.is_current(build, now=now),
                manifest=build.manifest,
            )
            for build in builds
        ],
    )
