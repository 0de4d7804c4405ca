"""Which runner images there are and what is in them: reported by workers, shown to contestants."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, defer

from judge.errors import NotFound, UploadRejected
from judge.models import RunnerImage
from problems.languages import LANGUAGES, image_of
from problems.schema import Spec

# Workers report every minute; a build that none had for so long is nobody's any more.
CURRENT_S = 180.0
FORGOTTEN_DAYS = 90
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,49}")


def report(
    session: Session,
    *,
    digest: str,
    titles: Mapping[str, str],
    manifest: Mapping[str, object],
    now: datetime,
) -> None:
    """Say that a worker has a build of an image.

    Args:
        session: open.
        digest: as receipts name it.
        titles: language code → what the image is.
        manifest: of `sandboxes.manifests`, as JSON.
        now: the moment.
    """
    name = str(manifest["image"])
    query = select(RunnerImage).where(RunnerImage.name == name, RunnerImage.digest == digest)
    image = session.scalar(query)
    if image is None:
        image = RunnerImage(name=name, digest=digest, provider=str(manifest["provider"]), seen_at=now)
        try:
            with session.begin_nested():
                session.add(image)
        except IntegrityError:  # another worker was quicker
            image = session.scalars(query).one()
    image.titles = dict(titles)
    image.manifest = dict(manifest)
    image.seen_at = now
    session.flush()


def forget_old(session: Session, *, now: datetime) -> None:
    """Drop builds that no worker had for a long time."""
    limit = now - timedelta(days=FORGOTTEN_DAYS)
    session.execute(delete(RunnerImage).where(RunnerImage.seen_at < limit))


def list_images(session: Session) -> list[RunnerImage]:
    """List one build of each image, the one seen last, by name; without their packages."""
    query = select(RunnerImage).options(defer(RunnerImage.manifest)).order_by(RunnerImage.seen_at)
    newest = {image.name: image for image in session.scalars(query)}
    return [newest[name] for name in sorted(newest)]


def builds_of(session: Session, name: str, *, now: datetime) -> list[RunnerImage]:
    """List the builds of an image that workers have now, newest first; else the one seen last.

    Raises:
        NotFound: no worker ever had it.
    """
    if not _NAME.fullmatch(name):
        raise NotFound("There is no runner image of this name.", code="image-not-found")
    query = select(RunnerImage).where(RunnerImage.name == name).order_by(RunnerImage.seen_at.desc())
    found = list(session.scalars(query))
    if not found:
        raise NotFound("There is no runner image of this name.", code="image-not-found")
    return [image for image in found if is_current(image, now=now)] or found[:1]


def title_of(session: Session, name: str) -> dict[str, str] | None:
    """Return an image's titles, or None when no worker ever had it."""
    query = select(RunnerImage.titles).where(RunnerImage.name == name).order_by(RunnerImage.seen_at.desc())
    return session.scalar(query.limit(1))


def is_current(image: RunnerImage, *, now: datetime) -> bool:
    """Whether a worker has this build now."""
    return image.seen_at > now - timedelta(seconds=CURRENT_S)


def require_language(session: Session, spec: Spec, file_format: str, *, now: datetime) -> None:
    """Refuse a language that no worker of this site can run now, while workers are there that say so.

    Args:
        session: reads.
        spec: of the problem.
        file_format: of the submission.
        now: the present.

    Raises:
        UploadRejected: `language-not-here`.
    """
    image = image_of(spec.image, file_format)
    if image == spec.image:
        return
    current = {one.name for one in list_images(session) if is_current(one, now=now)}
    if current and image not in current:
        raise UploadRejected(
            "No worker of this site can run {language} programs at present; choose another language.",
            code="language-not-here",
            params={"language": LANGUAGES[file_format].name},
            fields={"format": "Choose another language."},
        )
