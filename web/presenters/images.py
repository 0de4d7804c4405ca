"""Runner images as pages and the API show them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import url_for
from flask_babel import lazy_gettext

from judge.models import RunnerImage
from judge.services import images
from problems.kinds import CODELESS
from web.i18n import localised

if TYPE_CHECKING:
    from judge.db.session import Session

KINDS = {
    "program": lazy_gettext("Programs of the host"),
    "python": lazy_gettext("Python packages"),
    "debian": lazy_gettext("Debian packages"),
}
BASES = {"bootstrapped from Debian packages": lazy_gettext("bootstrapped from Debian packages")}
PROVIDERS = {"docker": lazy_gettext("container"), "local": lazy_gettext("the host's own environment")}


@dataclass(frozen=True, slots=True)
class ImageCard:
    """An image in a list.

    Attributes:
        name: as problems name it.
        title: in the reader's language.
        url: of its page.
    """

    name: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class PackageRow:
    """One package."""

    name: str
    version: str
    licence: str


@dataclass(frozen=True, slots=True)
class PackageList:
    """Packages of one kind.

    Attributes:
        label: what kind.
        rows: by name.
        is_open: whether they are shown at first.
    """

    label: object
    rows: list[PackageRow]
    is_open: bool


@dataclass(frozen=True, slots=True)
class Build:
    """One build of an image.

    Attributes:
        digest: as receipts name it.
        provider: what runs it, for people.
        size: bytes; 0 where it takes no room of its own.
        base: how its base came to be.
        architecture: of the machine.
        seen_at: when a worker last had it.
        is_current: whether one has it now.
        lists: packages by kind.
    """

    digest: str
    provider: object
    size: int
    base: object
    architecture: str
    seen_at: datetime
    is_current: bool
    lists: list[PackageList]


def present_image_card(image: RunnerImage) -> ImageCard:
    """Return an image as a line."""
    return ImageCard(
        image.name, localised(image.titles) or image.name, url_for("images.show", name=image.name)
    )


def image_of(session: "Session", spec: Mapping[str, Any]) -> ImageCard | None:
    """Return the image that submissions to a problem run in, if they run and a worker ever had it."""
    name = str(spec.get("image") or "")
    titles = images.title_of(session, name) if spec.get("kind") not in CODELESS else None
    return None if titles is None else ImageCard(name, localised(titles), url_for("images.show", name=name))


def present_build(image: RunnerImage, *, now: datetime) -> Build:
    """Return one build with all its packages."""
    manifest = image.manifest
    base = str(manifest.get("base") or "")
    return Build(
        digest=image.digest,
        provider=PROVIDERS.get(image.provider, image.provider),
        size=int(manifest.get("size_bytes") or 0),
        base=BASES.get(base, base),
        architecture=str(manifest.get("architecture") or ""),
        seen_at=image.seen_at,
        is_current=images.is_current(image, now=now),
        lists=_lists(manifest),
    )


def _lists(manifest: Mapping[str, Any]) -> list[PackageList]:
    lists: list[PackageList] = []
    for kind, label in KINDS.items():
        rows = [
            PackageRow(str(row["name"]), str(row["version"]), str(row.get("licence") or ""))
            for row in manifest.get("packages") or ()
            if row["kind"] == kind
        ]
        if rows:
            lists.append(PackageList(label, rows, is_open=kind != "debian" or not lists))
    return lists
