"""Published problems: who sees them, what they say, and how a package becomes one."""

import json
import mimetypes
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from judge.clock import utc_now
from judge.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from judge.models import Account, Contest, ContestProblem, Problem, ProblemVersion
from judge.models.words import GpuNeed
from judge.services import audit, contests
from judge.services.access import is_admin, owns_problem
from judge.storage import BlobStore
from problems.loader import Package
from problems.schema import Spec

PUBLIC = "public/"
_KEPT_FOLDERS = ("statement/", "public/", "hidden/", "submissions/")
_KEPT_FILES = ("problem.yaml", "scorer.py", "prepare.py")


@dataclass(frozen=True, slots=True)
class PublicFile:
    """A file contestants may download; `path` is below `public/`."""

    path: str
    sha256: str
    size: int

    @property
    def media_type(self) -> str:
        """Return the type to serve it with."""
        return mimetypes.guess_type(self.path)[0] or "application/octet-stream"


def list_problems(session: Session, *, contest_slug: str | None = None) -> list[Problem]:
    """List problems set in a started, published contest (or in the one named), in order."""
    now = utc_now()
    query = (
        select(Problem, Contest)
        .join(ContestProblem, ContestProblem.problem_id == Problem.id)
        .join(Contest, Contest.id == ContestProblem.contest_id)
        .where(Problem.archived_at.is_(None), Problem.current_version_id.is_not(None))
        .order_by(Contest.id, ContestProblem.position)
    )
    if contest_slug is not None:
        query = query.where(Contest.slug == contest_slug)
    found: dict[int, Problem] = {}
    for problem, contest in session.execute(query).unique():
        if contest.is_published and _has_started(contest, now=now):
            found.setdefault(problem.id, problem)
    return list(found.values())


def list_settable(session: Session, *, viewer: Account) -> list[Problem]:
    """List published problems that `viewer` may set in a contest: their own and the catalogue's."""
    query = select(Problem).where(Problem.archived_at.is_(None), Problem.current_version_id.is_not(None))
    if not is_admin(viewer):
        query = query.where((Problem.owner_id == viewer.id) | Problem.owner_id.is_(None))
    return list(session.scalars(query.order_by(Problem.slug)))


def get_problem(session: Session, slug: str, *, viewer: Account | None) -> Problem:
    """Return a problem that `viewer` may see.

    Raises:
        NotFound: there is none, or it is not set in a started contest and not the viewer's.
    """
    problem = session.scalar(select(Problem).where(Problem.slug == slug)) if slug.isascii() else None
    if problem is None or problem.current_version_id is None or not _is_visible(session, problem, viewer):
        raise NotFound("There is no problem of this name.", code="problem-not-found")
    return problem


def current_version(problem: Problem) -> ProblemVersion:
    """Return the version that new submissions are judged by.

    Raises:
        NotFound: nothing was published yet.
    """
    if problem.current_version is None:
        raise NotFound("There is no problem of this name.", code="problem-not-found")
    return problem.current_version


def is_kept(name: str) -> bool:
    """Return whether a file of a package is kept when it is published: what judging and pages need."""
    return name.startswith(_KEPT_FOLDERS) or name in _KEPT_FILES


def find_version(session: Session, slug: str, version: str) -> ProblemVersion:
    """Return a published version, for who may read the database itself.

    Raises:
        NotFound: there is none of that problem.
    """
    query = select(ProblemVersion).join(ProblemVersion.problem)
    found = session.scalar(query.where(Problem.slug == slug, ProblemVersion.version == version))
    if found is None:
        raise NotFound(
            "There is no published version {version} of {slug}.",
            code="version-not-found",
            params={"slug": slug, "version": version},
        )
    return found


def publish(session: Session, blobs: BlobStore, package: Package, *, actor: Account | None) -> ProblemVersion:
    """Publish a package: the same content again is the same version.

    Args:
        session: open transaction.
        blobs: where the files go.
        package: built and proven by the caller.
        actor: becomes the owner of a new problem; None for the catalogue.

    Raises:
        InvalidInput: the package is not built.
        PermissionDenied: the problem is somebody else's.
        Conflict: `version-exists`: the version number was published with other content.
    """
    if not package.is_built:
        raise InvalidInput("The package has no reference data; build it first.", code="package-not-built")
    problem = session.scalar(select(Problem).where(Problem.slug == package.spec.slug).with_for_update())
    if problem is None:
        problem = Problem(slug=package.spec.slug, owner_id=actor.id if actor else None, created_at=utc_now())
        session.add(problem)
        session.flush()
    elif actor is not None and not owns_problem(actor, problem):
        raise PermissionDenied("This problem belongs to somebody else.", code="problem-not-yours")
    version = session.scalar(
        select(ProblemVersion).where(
            ProblemVersion.problem_id == problem.id, ProblemVersion.version == package.spec.version
        )
    )
    if version is not None and version.package_sha256 != package.sha256:
        raise Conflict(
            "Version {version} of {slug} is already published with other content; raise the version.",
            code="version-exists",
            params={"version": package.spec.version, "slug": package.spec.slug},
        )
    if version is None:
        version = _new_version(session, blobs, package, problem, actor)
    if package.spec.track == "practice":
        contests.add_problem(session, contests.ensure_practice(session), problem)
    return version


def statement(version: ProblemVersion, blobs: BlobStore, language: str) -> str:
    """Return the statement's Markdown, in English when there is none in `language`.

    Raises:
        NotFound: there is no statement at all.
    """
    for candidate in (language, "en", "zh"):
        entry = version.files.get(f"statement/{candidate}.md")
        if entry:
            with blobs.open(entry["sha256"]) as stream:
                return stream.read().decode()
    raise NotFound(code="statement-not-found")


def public_files(version: ProblemVersion) -> list[PublicFile]:
    """List what contestants may download, by path."""
    return [
        PublicFile(path.removeprefix(PUBLIC), entry["sha256"], entry["size"])
        for path, entry in sorted(version.files.items())
        if path.startswith(PUBLIC)
    ]


def get_public_file(version: ProblemVersion, path: str) -> PublicFile:
    """Return one downloadable file.

    Raises:
        NotFound: nothing public has this path.
    """
    entry = version.files.get(PUBLIC + path)
    if entry is None:
        raise NotFound("There is no file of this name.", code="file-not-found")
    return PublicFile(path, entry["sha256"], entry["size"])


def get_statement_file(version: ProblemVersion, path: str) -> PublicFile:
    """Return a picture that lies beside the statement.

    Raises:
        NotFound: no such file.
    """
    entry = version.files.get(f"statement/{path}")
    if entry is None:
        raise NotFound("There is no file of this name.", code="file-not-found")
    return PublicFile(path, entry["sha256"], entry["size"])


def spec_of(version: ProblemVersion) -> Spec:
    """Return the version's manifest as a type."""
    return _parsed(json.dumps(version.spec, sort_keys=True))


@lru_cache(maxsize=256)
def _parsed(text: str) -> Spec:
    return Spec.model_validate_json(text)


def _generation(before: ProblemVersion | None, spec: Spec) -> int:
    """Return the next generation when scores mean something else than before."""
    if before is None:
        return 0
    is_other = spec_of(before).scoring.primary != spec.scoring.primary
    return before.generation + is_other


def _new_version(
    session: Session, blobs: BlobStore, package: Package, problem: Problem, actor: Account | None
) -> ProblemVersion:
    files = {}
    for name, entry in package.files.items():
        if is_kept(name):
            blob = blobs.put_file(entry.path)
            if blob.sha256 != entry.sha256:
                raise Conflict(
                    "The package changed while it was read; publish it again.", code="package-changed"
                )
            files[name] = {"sha256": blob.sha256, "size": blob.size}
    version = ProblemVersion(
        problem_id=problem.id,
        version=package.spec.version,
        kind=package.spec.kind,
        gpu_need=package.spec.gpu.need if package.spec.gpu else GpuNeed.NONE,
        generation=_generation(problem.current_version, package.spec),
        spec=package.spec.model_dump(mode="json"),
        files=files,
        package_sha256=package.sha256,
        published_by_id=actor.id if actor else None,
        published_at=utc_now(),
    )
    session.add(version)
    session.flush()
    problem.current_version = version
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="problem.published",
        subject=f"problem:{problem.slug}",
        version=version.version,
        package_sha256=version.package_sha256,
    )
    return version


def _is_visible(session: Session, problem: Problem, viewer: Account | None) -> bool:
    if owns_problem(viewer, problem):
        return True
    if problem.archived_at is not None:
        return False
    now = utc_now()
    placed = session.scalars(
        select(Contest).join(ContestProblem).where(ContestProblem.problem_id == problem.id)
    )
    return any(
        (contest.is_published and _has_started(contest, now=now))
        or (viewer is not None and contest.owner_id == viewer.id)
        for contest in placed
    )


def _has_started(contest: Contest, *, now: datetime) -> bool:
    return any(phase.starts_at is None or phase.starts_at <= now for phase in contest.phases)
