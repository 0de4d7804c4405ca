"""Changes a contest that is there already: texts, times, quotas, whether it is shown; with a record of it."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from judge.errors import InvalidInput, PermissionDenied
from judge.models import Account, Contest, Phase, Problem
from judge.models.words import Format
from judge.services import audit
from judge.services.access import runs_contest
from judge.services.boards.conducting import require_not_final
from judge.services.boards.locks import hold_phase
from judge.services.boards.rebuilding import hold_all, rebuild
from judge.services.contests import add_problem
from judge.services.ladders import refold
from judge.services.lateness import reweigh
from judge.services.phase_rules import PhaseDraft, check_phases, draft_with, fill_phase


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
    _require_runs(editor, contest)
    check_phases(phases)
    if len(phases) != len(contest.phases):
        raise InvalidInput(fields={"phases": "The phases of this contest changed meanwhile."})
    before = _facts(contest)
    contest.names, contest.summaries = dict(names), dict(summaries)
    contest.is_published = is_published
    _write(session, list(zip(contest.phases, phases, strict=True)))
    for problem in added_problems:
        add_problem(session, contest, problem)
    _record(session, contest, before, editor=editor)


def update_phase(session: Session, phase: Phase, changes: Mapping[str, object], *, editor: Account) -> None:
    """Change some of a phase's times, quotas, late days or its ladder.

    Args:
        session: writing transaction.
        phase: which.
        changes: fields of `PhaseDraft`; the others stay as they are.
        editor: must run the contest.

    Raises:
        PermissionDenied: `editor` does not run the contest.
        InvalidInput: what would make no sense.
        Conflict: `results-final`: it would change what is published or counted.
    """
    _require_runs(editor, phase.contest)
    draft = draft_with(phase, changes)
    check_phases([draft])
    before = _facts(phase.contest)
    _write(session, [(phase, draft)])
    _record(session, phase.contest, before, editor=editor)


def _require_runs(editor: Account, contest: Contest) -> None:
    if not runs_contest(editor, contest):
        raise PermissionDenied("This contest belongs to somebody else.", code="contest-not-yours")


def _record(session: Session, contest: Contest, before: Mapping[str, object], *, editor: Account) -> None:
    after = _facts(contest)
    changed = {key: [before.get(key), value] for key, value in after.items() if before.get(key) != value}
    if changed:
        subject = f"contest:{contest.slug}"
        audit.record(session, actor=editor, action="contest.updated", subject=subject, changed=changed)


def _write(session: Session, drafts: Sequence[tuple[Phase, PhaseDraft]]) -> None:
    """Write drafts into phases; where what is published or counted changes by it, boards follow at once."""
    ranked, weighed = ({phase: rules(phase) for phase, _ in drafts} for rules in (_what_ranks, _what_weighs))
    for phase, draft in drafts:
        fill_phase(phase, draft)
    to_rank = {phase.id for phase, rules in ranked.items() if rules != _what_ranks(phase)}
    to_weigh = {phase.id for phase, rules in weighed.items() if rules != _what_weighs(phase)}
    held = [phase for phase, _ in drafts if phase.id in to_rank | to_weigh]
    if not held:
        return
    session.flush()
    contest = held[0].contest
    # Grace days are spent anywhere in the contest.
    touched = contest.phases if to_weigh else held
    hold_all(session, [hold_phase(session, number).id for number in sorted(phase.id for phase in touched)])
    for phase in held:  # as they are now that nobody else can make them final
        require_not_final(phase)
    to_rank |= reweigh(session, contest) if to_weigh else set()
    for phase in contest.phases:
        if phase.id in to_rank:
            refold(session, phase)
            rebuild(session, phase)


def _what_ranks(phase: Phase) -> tuple[object, ...]:
    """Return what boards depend on: the ladder, and the start, from which ICPC counts minutes."""
    return phase.ladder, phase.ladder_step, phase.starts_at if phase.contest.format == Format.ICPC else None


def _what_weighs(phase: Phase) -> tuple[object, ...] | None:
    """Return what late submissions pay by."""
    if phase.late_until is None:
        return None
    return phase.ends_at, phase.late_penalty_per_day, phase.grace_days


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
