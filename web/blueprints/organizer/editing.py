"""Between the edit form of a contest and the domain, in both directions."""

from datetime import UTC, datetime
from typing import Any

from wtforms.fields import SelectChoice

from judge.models import Contest, Phase
from judge.models.words import Ladder
from judge.services import contests, problems
from judge.services.contest_editing import update_contest
from judge.services.phase_rules import PhaseDraft
from web.access import own_account
from web.blueprints.organizer.forms import EditForm, PhaseForm
from web.context import runtime
from web.presenters.moments import as_utc
from web.presenters.problems import present_problem_card


def edit_form(slug: str) -> EditForm:
    """Return the form with what was sent, or with the contest as it is.

    Raises:
        NotFound: there is no such contest.
        PermissionDenied: it is somebody else's.
    """
    with runtime().database.read() as session:
        viewer = own_account(session)
        contest = contests.get_run_contest(session, slug, viewer=viewer)
        form = EditForm(data=_contest_fields(contest))
        placed = {setting.problem_id for setting in contest.problems}
        form.problems.choices = [
            SelectChoice(card.slug, card.name)
            for card in (
                present_problem_card(problem)
                for problem in problems.list_settable(session, viewer=viewer)
                if problem.id not in placed
            )
        ]
    return form


def save(form: EditForm, slug: str) -> None:
    """Give a filled-in form to the domain.

    Raises:
        JudgeError: the contest is not the viewer's, or times or quotas do not fit.
    """
    with runtime().database.transaction() as session:
        viewer = own_account(session)
        contest = contests.get_run_contest(session, slug, viewer=viewer)
        ticked = set(form.problems.data or [])
        update_contest(
            session,
            contest,
            editor=viewer,
            names={**contest.names, "en": form.name_en.data, "zh": form.name_zh.data},
            summaries={"en": form.summary_en.data or "", "zh": form.summary_zh.data or ""},
            phases=[
                _draft(entry.form, contest.phases[at] if at < len(contest.phases) else None)
                for at, entry in enumerate(form.phases.entries)
            ],
            added_problems=[
                problem
                for problem in problems.list_settable(session, viewer=viewer)
                if problem.slug in ticked
            ],
            is_published=form.is_published.data,
        )


def _contest_fields(contest: Contest) -> dict[str, Any]:
    return {
        "name_en": contest.names.get("en", ""),
        "name_zh": contest.names.get("zh", ""),
        "summary_en": contest.summaries.get("en", ""),
        "summary_zh": contest.summaries.get("zh", ""),
        "is_published": contest.is_published,
        "phases": [_phase_fields(phase) for phase in contest.phases],
    }


def _phase_fields(phase: Phase) -> dict[str, Any]:
    # Left empty when it is the end: then it moves along with an extended deadline.
    own_reveal = phase.reveal_at if phase.reveal_at not in (phase.ends_at, phase.late_until) else None
    return {
        "name_en": phase.names.get("en", ""),
        "name_zh": phase.names.get("zh", ""),
        "starts_at": _typed(phase.starts_at),
        "ends_at": _typed(phase.ends_at),
        "reveal_at": _typed(own_reveal),
        "quota_per_day": phase.quota_per_day,
        "quota_total": phase.quota_total,
        "quota_faults_per_day": phase.quota_faults_per_day,
        "quota_concurrent": phase.quota_concurrent,
        "quota_renews_h": phase.quota_renews_h,
        "quota_zone": phase.quota_zone,
        "late_until": _typed(phase.late_until),
        "late_percent": round(phase.late_penalty_per_day * 100),
        "grace_days": phase.grace_days,
        "ladder": phase.ladder,
        "ladder_step": phase.ladder_step,
    }


def _typed(instant: datetime | None) -> datetime | None:
    """Return an instant as the field shows it: UTC, to the minute."""
    return instant.astimezone(UTC).replace(tzinfo=None, second=0, microsecond=0) if instant else None


def _draft(form: PhaseForm, phase: Phase | None) -> PhaseDraft:
    def moment(name: str) -> datetime | None:
        """Return what was typed; to the second what is stored, where that shows the same minute."""
        typed, stored = form[name].data, phase and getattr(phase, name)
        return stored if stored and typed == _typed(stored) else as_utc(typed)

    ends_at, late_until = moment("ends_at"), moment("late_until")
    return PhaseDraft(
        names={"en": form.name_en.data, "zh": form.name_zh.data},
        starts_at=moment("starts_at"),
        ends_at=ends_at,
        reveal_at=moment("reveal_at") or late_until or ends_at,
        quota_per_day=form.quota_per_day.data,
        quota_total=form.quota_total.data,
        quota_faults_per_day=form.quota_faults_per_day.data,
        quota_concurrent=form.quota_concurrent.data,
        quota_renews_h=form.quota_renews_h.data or 0,
        quota_zone=form.quota_zone.data or "UTC",
        late_until=late_until,
        late_penalty_per_day=(form.late_percent.data or 0) / 100,
        grace_days=form.grace_days.data or 0,
        ladder=Ladder(form.ladder.data),
        ladder_step=form.ladder_step.data,
    )
