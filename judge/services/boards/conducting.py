"""What who runs a contest decides about its ranking: the rules, the freeze, and when results are final."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from judge.errors import Conflict, InvalidInput, PermissionDenied
from judge.models import Account, Contest, Judgement, Phase, Rejudging, Submission
from judge.models.words import FINAL_STATES, Format, Policy, RejudgingState
from judge.services import audit
from judge.services.access import is_admin, require_runs_contest
from judge.services.boards.locks import hold_phase
from judge.services.boards.rebuilding import rebuild
from scoring.formats import Scale

MAX_SELECTED = 20
MAX_SCORE = 1e15  # beyond it differences of scores lose their meaning


@dataclass(frozen=True, slots=True)
class PhaseRules:
    """What decides on a phase's boards; see `Phase`."""

    policy: Policy = Policy.BEST
    n_selected: int = 2
    freeze_at: datetime | None = None


def require_not_final(phase: Phase) -> None:
    """Pass while a phase's results may still change.

    Raises:
        Conflict: `results-final`.
    """
    if phase.finalized_at is not None:
        raise Conflict(
            "The results of this phase are final. An administrator can open them again.", code="results-final"
        )


def set_phase_rules(session: Session, phase: Phase, rules: PhaseRules, *, actor: Account) -> None:
    """Change which submissions count and when the board is frozen; the boards follow at once.

    Raises:
        PermissionDenied: `actor` does not run the contest.
        InvalidInput: a number or an instant that makes no sense.
        Conflict: `results-final`.
    """
    require_runs_contest(actor, phase.contest)
    if not 1 <= rules.n_selected <= MAX_SELECTED:
        raise InvalidInput(
            fields={"n_selected": "Give a number from 1 to {limit}."}, params={"limit": MAX_SELECTED}
        )
    _check_freeze(phase, rules.freeze_at)
    phase = hold_phase(session, phase.id)
    require_not_final(phase)
    before = PhaseRules(Policy(phase.policy), phase.n_selected, phase.freeze_at)
    if rules == before:
        return
    phase.policy, phase.n_selected, phase.freeze_at = rules.policy, rules.n_selected, rules.freeze_at
    if rules.freeze_at != before.freeze_at:
        phase.thawed_at = None
    session.flush()
    rebuild(session, phase)
    _record(session, phase, actor, "phase.ranked", changed=[_facts(before), _facts(rules)])


def freeze(session: Session, phase: Phase, *, actor: Account, now: datetime) -> None:
    """Freeze the public board as it is now.

    Raises:
        PermissionDenied, Conflict: see `set_phase_rules`.
    """
    set_phase_rules(session, phase, PhaseRules(Policy(phase.policy), phase.n_selected, now), actor=actor)


def thaw(session: Session, phase: Phase, *, actor: Account, now: datetime) -> None:
    """Show contestants the live board again.

    Raises:
        PermissionDenied: `actor` does not run the contest.
        Conflict: `not-frozen`.
    """
    require_runs_contest(actor, phase.contest)
    phase = hold_phase(session, phase.id)
    if phase.freeze_at is None or phase.freeze_at > now or phase.thawed_at is not None:
        raise Conflict("The board is not frozen.", code="not-frozen")
    phase.thawed_at = now
    _record(session, phase, actor, "phase.thawed")


def finalize(session: Session, phase: Phase, *, actor: Account, now: datetime) -> None:
    """Make a phase's results permanent, and show them to everybody.

    Raises:
        PermissionDenied: `actor` does not run the contest.
        Conflict: `results-final`, `phase-not-over`, `still-judging` or `rejudging-open`.
    """
    require_runs_contest(actor, phase.contest)
    phase = hold_phase(session, phase.id)
    require_not_final(phase)
    if phase.closes_at is None or phase.closes_at > now:
        raise Conflict("Results can be final only after the phase has ended.", code="phase-not-over")
    if n_open := _count_open(session, phase):
        raise Conflict(
            "Of its submissions {n} are still being judged.", code="still-judging", params={"n": n_open}
        )
    if session.scalar(
        select(Rejudging.id)
        .where(Rejudging.contest_id == phase.contest_id, Rejudging.state == RejudgingState.OPEN)
        .limit(1)
    ):
        raise Conflict("A rejudging is still open; apply or discard it first.", code="rejudging-open")
    phase.finalized_at = now
    if phase.freeze_at is not None and phase.thawed_at is None:
        phase.thawed_at = now
    _record(session, phase, actor, "phase.finalized")


def reopen(session: Session, phase: Phase, *, actor: Account) -> None:
    """Let results change again that were final.

    Raises:
        PermissionDenied: `actor` is no administrator.
        Conflict: `not-final`.
    """
    if not is_admin(actor):
        raise PermissionDenied("Only an administrator can open final results again.", code="admins-only")
    phase = hold_phase(session, phase.id)
    if phase.finalized_at is None:
        raise Conflict("The results of this phase are not final.", code="not-final")
    phase.finalized_at = None
    _record(session, phase, actor, "phase.reopened")


def set_format(
    session: Session, contest: Contest, format: Format, scales: Mapping[str, Scale], *, actor: Account
) -> None:
    """Change how a contest adds its problems up; the overall boards follow at once.

    Args:
        session: writing transaction.
        contest: which.
        format: see `Format`.
        scales: how problems give points, by slug; those not named stay as they are.
        actor: must run the contest.

    Raises:
        PermissionDenied: `actor` does not run the contest.
        InvalidInput: a scale that makes no sense, or a problem that is not set.
        Conflict: `results-final`.
    """
    require_runs_contest(actor, contest)
    for scale in scales.values():
        _check_scale(scale)
    settings = {one.problem.slug: one for one in contest.problems}
    if unknown := sorted(scales.keys() - settings.keys()):
        raise InvalidInput(
            fields={"problems": "{slug} is not set in this contest."}, params={"slug": unknown[0]}
        )
    phases = [hold_phase(session, phase.id) for phase in sorted(contest.phases, key=lambda one: one.id)]
    for phase in phases:
        require_not_final(phase)
    contest.format = format
    for slug, scale in scales.items():
        one = settings[slug]
        one.zero_score, one.full_score, one.points = scale.zero, scale.full, scale.points
    session.flush()
    for phase in phases:
        rebuild(session, phase)
    audit.record(
        session, actor=actor, action="contest.ranked", subject=f"contest:{contest.slug}", format=format.value
    )


def _check_freeze(phase: Phase, freeze_at: datetime | None) -> None:
    is_before = phase.starts_at is not None and freeze_at is not None and freeze_at <= phase.starts_at
    is_after = phase.ends_at is not None and freeze_at is not None and freeze_at > phase.ends_at
    if is_before or is_after:
        raise InvalidInput(
            fields={"freeze_at": "The board freezes after the phase begins and before it ends."}
        )


def _check_scale(scale: Scale) -> None:
    numbers = (scale.zero, scale.full, scale.points)
    if not all(abs(number) <= MAX_SCORE for number in numbers):  # NaN is not either
        raise InvalidInput(fields={"problems": "Scores and points must be real numbers."})
    if scale.zero == scale.full or scale.points <= 0:
        raise InvalidInput(
            fields={"problems": "Full marks must differ from none, and points must be above zero."}
        )


def _count_open(session: Session, phase: Phase) -> int:
    return (
        session.scalar(
            select(func.count())
            .select_from(Judgement)
            .join(Submission, Submission.id == Judgement.submission_id)
            .where(
                Submission.phase_id == phase.id,
                Judgement.is_current,
                Judgement.state.not_in([state.value for state in FINAL_STATES]),
            )
        )
        or 0
    )


def _facts(rules: PhaseRules) -> list[object]:
    return [rules.policy.value, rules.n_selected, rules.freeze_at and rules.freeze_at.isoformat()]


def _record(session: Session, phase: Phase, actor: Account, action: str, **facts: object) -> None:
    subject = f"contest:{phase.contest.slug}"
    audit.record(session, actor=actor, action=action, subject=subject, phase=phase.position, **facts)
