"""The problems that come with the judge: where their sources are, and how they get built and published.

Sources may lie in a read-only installation, so data is built below `home`; what `prepare.py` needs from a
registry is fetched once into a cache there and checked against the manifest's hash.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import problems
from judge.errors import ConfigurationError, Conflict
from judge.runtime import Runtime
from judge.services import problems as service
from judge.settings import Settings
from judge.stack import small_model
from problems.build import build
from problems.errors import ProblemError
from problems.loader import MANIFEST, Package, load, load_spec
from problems.schema import Spec
from problems.wheels import missing


@dataclass(frozen=True, slots=True)
class Pending:
    """A download that building the catalogue still needs. `mib` as the manifest declares it."""

    name: str
    mib: float


def sources() -> list[Path]:
    """Return the folders of the catalogue's packages, by name."""
    catalogue = Path(problems.__path__[0]) / "catalog"
    return sorted(manifest.parent for manifest in catalogue.glob(f"*/{MANIFEST}"))


def pending_downloads(settings: Settings) -> list[Pending]:
    """Return what `build_all` would download, so that it can be said before it starts."""
    cache = _cache(settings)
    wanted = [one for source in sources() for one in load_spec(source).data.downloads]
    if small_model.is_wanted(settings):
        wanted.append(small_model.WEIGHTS)
    found = {
        item.sha256: Pending(f"{item.package} {item.version}", item.mib) for item in missing(wanted, cache)
    }
    return list(found.values())


def build_all(settings: Settings, say: Callable[[str], None]) -> list[Package]:
    """Build every package of the catalogue that can be judged here; those already built are only loaded.

    Raises:
        ConfigurationError: one cannot be built; says which and why.
    """
    packages = []
    for source in sources():
        if lacking := _lacking_gateway(load_spec(source), settings):
            say(f"{source.name} is left out: gateway {lacking} is not configured")
            continue
        try:
            folder = build(source, cache=_cache(settings), out=settings.home / "catalogue" / source.name)
            package = load(folder)
        except ProblemError as error:
            raise ConfigurationError(
                "{slug} could not be built: {reason}", params={"slug": source.name, "reason": str(error)}
            ) from error
        say(f"{source.name} {package.spec.version} is built ({len(package.examples)} example submissions)")
        packages.append(package)
    return packages


def publish_all(runtime: Runtime, packages: Sequence[Package], say: Callable[[str], None]) -> list[str]:
    """Publish packages, each in a transaction of its own. The same content again changes nothing.

    Returns:
        Slugs whose version number is published already with other content; those are left as they are.

    Raises:
        JudgeError: a package is not built.
    """
    kept = []
    for package in packages:
        try:
            with runtime.database.transaction() as session:
                version = service.publish(session, runtime.blobs, package, actor=None)
        except Conflict as error:
            kept.append(package.spec.slug)
            say(f"{error.formatted()} The published one stays.")
        else:
            say(f"{package.spec.slug} {version.version} is published")
    return kept


def _lacking_gateway(spec: Spec, settings: Settings) -> str:
    """Return the gateway that a problem asks and this judge has not; empty when nothing is lacking."""
    name = spec.prompt.gateway if spec.prompt else ""
    return "" if name in {"", *settings.effective_gateways} else name


def _cache(settings: Settings) -> Path:
    """Return the folder of fetched wheels and build records."""
    return settings.home / "cache"
