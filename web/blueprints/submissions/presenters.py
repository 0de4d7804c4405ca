"""The submit form's surroundings, the page of one submission, a page of history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flask_babel import gettext
from wtforms.fields import SelectChoice

from judge.models import Account, Contest, Judgement, Problem, Submission, Team
from judge.models.words import Policy
from judge.services import contests, model_answers, problems, seating, selecting, submissions, visibility
from judge.services.access import runs_contest
from judge.services.rejudgings import history
from judge.services.submissions import Quota
from web.presenters.gpus import present_waiting
from web.presenters.model_calls import CallRow, present_calls
from web.presenters.problems import ProblemCard, ProblemRules, present_problem_card, present_rules
from web.presenters.rejudgings import ToldLine, present_told
from web.presenters.submissions import LivePanel, SubmissionRow, present_panel, present_row

if TYPE_CHECKING:
    from judge.db.session import Session

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class QuotaLine:
    """What is left of a quota.

    Attributes:
        limit: submissions per day, or in the whole phase.
        used: of them.
        left: the rest.
        renews_at: when a daily one renews, or None.
        faults_limit: how many may fail beside them, or None.
        faults_used: how many did.
    """

    limit: int
    used: int
    left: int
    renews_at: datetime | None
    faults_limit: int | None
    faults_used: int


@dataclass(frozen=True, slots=True)
class SubmissionPage:
    """One submission: what stays, and what changes."""

    row: SubmissionRow
    panel: LivePanel
    size: int
    format: str
    contest_slug: str
    is_own: bool
    admin_detail: str
    rejudged: list[ToldLine]
    calls: list[CallRow]
    may_choose: bool
    is_chosen: bool
    n_to_choose: int


@dataclass(frozen=True, slots=True)
class History:
    """A page of submissions; `next_before` continues it, or is None at the end."""

    rows: list[SubmissionRow]
    next_before: int | None


def present_quota(quota: Quota) -> QuotaLine | None:
    """Return the tighter of the daily and the total limit, or None when there is none."""
    lines = []
    if quota.limit_per_day is not None:
        left = max(quota.limit_per_day - quota.used_today, 0)
        faults = (quota.limit_faults_per_day, quota.faults_today)
        lines.append(QuotaLine(quota.limit_per_day, quota.used_today, left, quota.renews_at, *faults))
    if quota.limit_total is not None:
        left = max(quota.limit_total - quota.used_total, 0)
        faults = (quota.limit_faults_total, quota.faults_total)
        lines.append(QuotaLine(quota.limit_total, quota.used_total, left, None, *faults))
    return min(lines, key=lambda line: line.left) if lines else None


def quota_of(
    session: "Session", contest: Contest, problem: Problem, team: Team, *, now: datetime
) -> QuotaLine | None:
    """Return what the team has left today, or None when nothing is limited or open."""
    phase = contests.accepting_phase(contest, now=now)
    if phase is None:
        return None
    return present_quota(submissions.quota_left(session, phase=phase, problem=problem, team=team, now=now))


def present_team_choices(teams: Sequence[Team]) -> list[SelectChoice]:
    """Return the own teams for a select."""
    return [
        SelectChoice(
            str(team.id), gettext("%(name)s (just me)", name=team.name) if team.solo_account_id else team.name
        )
        for team in teams
    ]


def present_panel_of(
    session: "Session", submission: Submission, *, viewer: Account, now: datetime
) -> LivePanel:
    """Return the changing part of a submission's page, as `viewer` may see it."""
    judgement = submissions.current_judgement(session, submission)
    return present_panel(
        submission,
        judgement,
        seen=visibility.look(judgement, viewer=viewer, phase=submission.phase, now=now),
        position=submissions.queue_position(session, judgement),
        waiting=present_waiting(seating.waiting_for(session, judgement, now=now)),
    )


def present_submission(
    session: "Session", submission: Submission, *, viewer: Account, now: datetime
) -> SubmissionPage:
    """Return a submission's page."""
    judgement = submissions.current_judgement(session, submission)
    is_staff = runs_contest(viewer, submission.phase.contest)
    return SubmissionPage(
        row=_row(submission, judgement, viewer=viewer, now=now),
        panel=present_panel_of(session, submission, viewer=viewer, now=now),
        size=submission.size_bytes,
        format=submission.format,
        contest_slug=submission.phase.contest.slug,
        is_own=submission.account_id == viewer.id,
        admin_detail=judgement.admin_detail if is_staff else "",
        rejudged=[
            present_told(told) for told in history.list_applied(session, submission, viewer=viewer, now=now)
        ],
        calls=present_calls(model_answers.list_calls(session, judgement, viewer=viewer)) if is_staff else [],
        may_choose=selecting.may_choose(submission.phase, now=now)
        and any(member.account_id == viewer.id for member in submission.team.members),
        is_chosen=submission.is_selected and submission.phase.policy == Policy.SELECTED,
        n_to_choose=submission.phase.n_selected,
    )


def _row(submission: Submission, judgement: Judgement, *, viewer: Account, now: datetime) -> SubmissionRow:
    score = visibility.visible_score(judgement, viewer=viewer, phase=submission.phase, now=now)
    return present_row(submission, judgement, score=score)


def present_history(
    session: "Session", listed: Sequence[Submission], *, viewer: Account, now: datetime
) -> History:
    """Return a page of history from up to `PAGE_SIZE + 1` submissions, newest first."""
    shown = listed[:PAGE_SIZE]
    rows = [
        _row(submission, submissions.current_judgement(session, submission), viewer=viewer, now=now)
        for submission in shown
    ]
    return History(rows, shown[-1].id if len(listed) > PAGE_SIZE else None)


def present_form_rules(problem: Problem) -> tuple[ProblemCard, ProblemRules]:
    """Return what stands beside the form.

    Raises:
        NotFound: the problem is not published.
    """
    version = problems.current_version(problem)
    return present_problem_card(problem), present_rules(version)
