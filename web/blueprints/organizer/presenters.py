"""What organizers see of their contests, problems and of submissions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from judge.models import Problem, Submission
from judge.services import submissions
from web.presenters.problems import ProblemCard, present_problem_card
from web.presenters.submissions import SubmissionRow, present_row

if TYPE_CHECKING:
    from judge.db.session import Session


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One published version."""

    version: str
    package: str
    published_at: datetime
    is_current: bool


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """A problem with all its versions, newest first."""

    card: ProblemCard
    versions: list[VersionRow]


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """A submission with what only organizers may read."""

    row: SubmissionRow
    worker: str
    n_attempts: int
    admin_detail: str


def present_problem_row(problem: Problem) -> ProblemRow:
    """Return a problem for the overview."""
    newest_first = sorted(problem.versions, key=lambda version: version.published_at, reverse=True)
    versions = [
        VersionRow(
            version.version,
            version.package_sha256[:12],
            version.published_at,
            version.id == problem.current_version_id,
        )
        for version in newest_first
    ]
    return ProblemRow(present_problem_card(problem), versions)


def present_judged(session: "Session", listed: Sequence[Submission]) -> list[JudgedRow]:
    """Return submissions with their admin detail."""
    rows = []
    for submission in listed:
        judgement = submissions.current_judgement(session, submission)
        rows.append(
            JudgedRow(
                present_row(submission, judgement),
                judgement.worker or "",
                judgement.n_attempts,
                judgement.admin_detail,
            )
        )
    return rows
