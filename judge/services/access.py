"""Who may see and do what, in one place."""

from judge.errors import PermissionDenied
from judge.models import Account, Contest, Problem
from judge.models.words import Role


def is_admin(viewer: Account | None) -> bool:
    """Whether `viewer` runs the site."""
    return viewer is not None and viewer.role == Role.ADMIN


def may_organize(viewer: Account | None) -> bool:
    """Whether `viewer` may make contests and problems at all."""
    return viewer is not None and viewer.role in {Role.ORGANIZER, Role.ADMIN}


def runs_contest(viewer: Account | None, contest: Contest) -> bool:
    """Whether `viewer` owns this contest (or the site)."""
    return is_admin(viewer) or (viewer is not None and contest.owner_id == viewer.id)


def owns_problem(viewer: Account | None, problem: Problem) -> bool:
    """Whether `viewer` owns this problem (or the site)."""
    return is_admin(viewer) or (viewer is not None and problem.owner_id == viewer.id)


def require_runs_contest(actor: Account, contest: Contest) -> None:
    """Pass for who runs the contest.

    Raises:
        PermissionDenied: everybody else.
    """
    if not runs_contest(actor, contest):
        raise PermissionDenied("This contest belongs to somebody else.", code="contest-not-yours")
