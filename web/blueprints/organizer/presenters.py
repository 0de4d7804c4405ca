"""What organizers see of their contests, problems and of submissions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flask_babel import gettext

from judge.models import Problem, Submission
from judge.services import submissions
from web.presenters.contests import ContestCard
from web.presenters.problems import ProblemCard, present_problem_card
from web.presenters.submissions import SubmissionRow, present_row
from web.presenters.verdicts import VERDICTS

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


@dataclass(frozen=True, slots=True)
class Filter:
    """A choice above the list; `value` is None when everything is shown."""

    name: str
    label: str
    value: str | None
    choices: list[tuple[str, object]]


def present_filters(
    sent: Mapping[str, str], contests: Sequence[ContestCard], problems: Sequence[ProblemRow]
) -> list[Filter]:
    """Return the filters of the list of submissions; a value that is not offered counts as none.

    Args:
        sent: the address's arguments.
        contests: that the viewer runs.
        problems: that the viewer may set.
    """
    offered: list[tuple[str, str, list[tuple[str, object]]]] = [
        ("contest", gettext("All contests"), [(card.slug, card.name) for card in contests]),
        ("problem", gettext("All problems"), [(row.card.slug, row.card.name) for row in problems]),
        ("verdict", gettext("All results"), [(chip.code, chip.label) for chip in VERDICTS.values()]),
    ]
    return [
        Filter(name, label, next((value for value, _ in choices if value == sent.get(name)), None), choices)
        for name, label, choices in offered
    ]


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
                present_row(submission, judgement, score=judgement.score),
                judgement.worker or "",
                judgement.n_attempts,
                judgement.admin_detail,
            )
        )
    return rows
