"""What became of submissions, for those who may know."""

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from judge.errors import NotFound
from judge.models import (
    Account,
    Contest,
    Judgement,
    Phase,
    Problem,
    ProblemVersion,
    Submission,
    TeamMember,
)
from judge.models.words import GpuNeed, Priority, State
from judge.services.access import is_admin, runs_contest
from judge.services.quota import Quota, quota_left

__all__ = [
    "Quota",
    "current_judgement",
    "get_submission",
    "list_submissions",
    "queue_position",
    "quota_left",
]

MAX_PAGE = 200


def get_submission(session: Session, public_id: str, *, viewer: Account | None) -> Submission:
    """Return a submission that `viewer` may see: a member of its team, or who runs its contest.

    Raises:
        NotFound: for everybody else too; whether it exists is not told.
    """
    submission = None
    if public_id.isalnum() and public_id.isascii():
        submission = session.scalar(select(Submission).where(Submission.public_id == public_id))
    if submission is None or not _may_see(session, submission, viewer):
        raise NotFound("There is no such submission.", code="submission-not-found")
    return submission


def list_submissions(  # noqa: PLR0913 - all keyword-only filters
    session: Session,
    *,
    viewer: Account,
    problem_slug: str | None = None,
    contest_slug: str | None = None,
    team_id: int | None = None,
    verdict: str | None = None,
    before_id: int | None = None,
    limit: int = 50,
    is_everyone: bool = False,
) -> list[Submission]:
    """List submissions, newest first: those of the viewer's teams.

    Args:
        session: open session.
        viewer: whose teams.
        problem_slug: only of this problem.
        contest_slug: only of this contest.
        team_id: only of this team.
        verdict: only with this one now, e.g. `JE`.
        before_id: only older than this internal id, for paging.
        limit: at most so many, 1 to 200.
        is_everyone: for organizers: all teams of contests that the viewer runs.
    """
    query = select(Submission).order_by(Submission.id.desc()).limit(max(1, min(limit, MAX_PAGE)))
    query = query.join(Phase, Phase.id == Submission.phase_id).join(Contest, Contest.id == Phase.contest_id)
    if not is_everyone:
        own = select(TeamMember.team_id).where(TeamMember.account_id == viewer.id)
        query = query.where(Submission.team_id.in_(own))
    elif not is_admin(viewer):
        query = query.where(Contest.owner_id == viewer.id)
    if problem_slug is not None:
        query = query.join(Problem, Problem.id == Submission.problem_id).where(Problem.slug == problem_slug)
    if contest_slug is not None:
        query = query.where(Contest.slug == contest_slug)
    if team_id is not None:
        query = query.where(Submission.team_id == team_id)
    if verdict is not None:
        query = query.join(
            Judgement, and_(Judgement.submission_id == Submission.id, Judgement.is_current)
        ).where(Judgement.verdict == verdict)
    if before_id is not None:
        query = query.where(Submission.id < before_id)
    return list(session.scalars(query))


def current_judgement(session: Session, submission: Submission) -> Judgement:
    """Return the judgement that counts."""
    return session.scalars(
        select(Judgement).where(Judgement.submission_id == submission.id, Judgement.is_current)
    ).one()


def queue_position(session: Session, judgement: Judgement) -> int | None:
    """Return how many wait before this one, plus one; None when it does not wait.

    What needs a GPU and what does not pass one another by: only its own kind is before it. A rejudging is
    never before a live one.
    """
    if judgement.state != State.QUEUED:
        return None
    is_on_gpu = judgement.problem_version.gpu_need == GpuNeed.REQUIRED
    needed = ProblemVersion.gpu_need == GpuNeed.REQUIRED
    ahead = session.scalar(
        select(func.count())
        .select_from(Judgement)
        .join(ProblemVersion, ProblemVersion.id == Judgement.problem_version_id)
        .where(
            Judgement.state == State.QUEUED,
            Judgement.priority == Priority.LIVE,
            Judgement.id < judgement.id,
            needed if is_on_gpu else ~needed,
        )
    )
    return (ahead or 0) + 1


def _may_see(session: Session, submission: Submission, viewer: Account | None) -> bool:
    if viewer is None:
        return False
    is_member = session.scalar(
        select(TeamMember.id).where(
            TeamMember.team_id == submission.team_id, TeamMember.account_id == viewer.id
        )
    )
    return is_member is not None or runs_contest(viewer, submission.phase.contest)
