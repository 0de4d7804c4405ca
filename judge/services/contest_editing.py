"""Changes a contest that is there already: texts, times, quotas, whether it is shown; with a record of it."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from judge.errors import InvalidInput, PermissionDenied
from judge.models import Account, Contest, Phase, Problem
from judge.services import audit
from judge.services.access import runs_contest
from judge.services.boards.conducting import require_not_final
from judge.services.boards.locks import hold_phase
from judge.services.boards.rebuilding import rebuild
from judge.services.contests import add_problem
from judge.services.ladders import refold
from judge.services.phase_rules import PhaseDraft, check_phases, fill_phase


def update_contest(
    session: Session,
    contest: Contest,
    *,
    editor: Account,
    names: Mapping[str, str],
    summaries: Mapping[str, str],
    phases: Sequence[PhaseDraft],
    added_problems: Sequence[Problem],
    is_published: bool,
) -> None:
    """Change a contest; its phases keep their number and order, its problems only grow.

    Raises:
        PermissionDenied: `editor` does not run it.
        InvalidInput: phases that do not fit, or another number of them.
    """
    if not runs_contest(editor, contest):
        raise PermissionDenied("This contest belongs to somebody else.", code="contest-not-yours")
    check_phases(phases)
    if len(phases) != len(contest.phases):
        raise InvalidInput(fields={"phases": "The phases of this contest changed meanwhile."})
    before = _facts(contest)
    contest.names, contest.summaries = dict(names), dict(summaries)
    contest.is_published = is_published
    for phase, draft in zip(contest.phases, phases, strict=True):
        _change_phase(session, phase, draft)
    for problem in added_problems:
        add_problem(session, contest, problem)
    after = _facts(contest)
    changed = {key: [before.get(key), value] for key, value in after.items() if before.get(key) != value}
    if changed:
        subject = f"contest:{contest.slug}"
        audit.record(session, actor=editor, action="contest.updated", subject=subject, changed=changed)


def _change_phase(session: Session, phase: Phase, draft: PhaseDraft) -> None:
    """Write a draft into a phase; where another ladder publishes other scores, boards follow at once."""
    before = (phase.ladder, phase.ladder_step)
    fill_phase(phase, draft)
    if before != (phase.ladder, phase.ladder_step):
        require_not_final(phase)
        session.flush()
        hold_phase(session, phase.id)
        refold(session, phase)
        rebuild(session, phase)


def _facts(contest: Contest) -> dict[str, object]:
    """Return what the audit record compares, as JSON values."""
    facts: dict[str, object] = {
        "names": contest.names,
        "summaries": contest.summaries,
        "is_published": contest.is_published,
        "problems": [placed.problem.slug for placed in contest.problems],
    }
    for phase in contest.phases:
        instants = (phase.starts_at, phase.ends_at, phase.reveal_at, phase.late_until)
        facts[f"phases.{phase.position}"] = [
            phase.names,
            *(at and at.isoformat() for at in instants),
            phase.quota_per_day,
            phase.quota_total,
            phase.ladder,
            phase.ladder_step,
            phase.quota_faults_per_day,
            phase.quota_concurrent,
            f"{phase.quota_renews_h}:00 {phase.quota_zone}",
            phase.late_penalty_per_day,
            phase.grace_days,
        ]
    return facts
