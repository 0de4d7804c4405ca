"""Tells the portal which runner images this worker has and what is in them.

The portal never talks to an engine. A worker reports when it starts and every minute after, so that an
image built meanwhile is known soon, and one that no worker has any more stops being shown as current.
"""

import structlog

from judge.clock import utc_now
from judge.runtime import Runtime
from judge.services import images
from sandboxes.base import Provider
from sandboxes.definitions import list_images, load
from sandboxes.errors import ImageMissing, SandboxError

logger = structlog.get_logger(__name__)

REPORT_EVERY_S = 60.0


def report_images(runtime: Runtime, provider: Provider) -> list[str]:
    """Report every image that is here. Returns their names; those that are not built are no error.

    Args:
        runtime: gives the database.
        provider: knows the images of this host.
    """
    found = []
    for name in list_images():
        try:
            found.append((load(name), provider.image_digest(name), provider.manifest(name)))
        except ImageMissing:
            continue
        except SandboxError as error:  # the engine is away: what was reported before stays for a while
            logger.warning("images_not_reported", reason=error.detail)
            return []
    now = utc_now()
    with runtime.database.transaction() as session:
        for definition, digest, manifest in found:
            images.report(
                session, digest=digest, titles=definition.titles, manifest=manifest.to_json(), now=now
            )
        images.forget_old(session, now=now)
    return [definition.name for definition, _, _ in found]
