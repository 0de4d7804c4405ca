"""The materialised leaderboard: who is where, kept up to date by every settled judgement."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from judge.models import (
    Account,
    Contest,
    Judgement,
    LeaderboardEntry,
    Metric,
    Phase,
    Problem,
    Submission,
    Team,
    TeamMember,
)
from judge.models.words import State
from judge.services.access import runs_contest
from judge.services.best_of import find_best, same_place, tie_keys
from judge.services.problems import current_version, spec_of
from judge.services.submissions import is_revealed

SPLITS = ("public", "private")
MAX_PAGE = 500


@dataclass(frozen=True, slots=True)
class LeaderboardRow:
    """One team's place.

    Attributes:
        rank: 1 is best; no two teams share one.
        team_name: for display, to be escaped.
        is_own: whether the viewer is a member.
        score: primary metric.
        metrics: the leaderboard's columns, key → value.
        n_submissions: how many the team handed in.
        submitted_at: of the counted submission.
        submission_public_id: only for who may open it, else "".
    """

    rank: int
    team_name: str
    is_own: bool
    score: float
    metrics: Mapping[str, float | None]
    n_submissions: int
    submitted_at: datetime
    submission_public_id: str


@dataclass(frozen=True, slots=True)
class LeaderboardPage:
    """A stretch of the leaderboard.

    Attributes:
        rows: in order.
        metric_key: what `score` is.
        higher_is_better: direction of `score`.
        n_teams: ranked in all.
        split: what is shown; `public` when the private one is not revealed yet.
        is_final: the phase is over and nothing of it is still being judged.
    """

    rows: tuple[LeaderboardRow, ...]
    metric_key: str
    higher_is_better: bool
    n_teams: int
    split: str
    is_final: bool


def page(  # noqa: PLR0913 - all keyword-only
    session: Session,
    *,
    contest: Contest,
    problem: Problem,
    phase: Phase | None = None,
    split: str = "public",
    limit: int = 100,
    offset: int = 0,
    now: datetime,
    viewer: Account | None = None,
) -> LeaderboardPage:
    """Return a stretch of the leaderboard, best first.

    Args:
        session: open session.
        contest: whose.
        problem: of which problem.
        phase: of which phase; the contest's last one that has started when None.
        split: `public` or `private`; private falls back to public until it is revealed.
        limit: rows, 1 to 500.
        offset: rows to leave out.
        now: decides what is revealed.
        viewer: whose rows are marked.
    """
    phase = phase or _latest_phase(contest, now)
    spec = spec_of(current_version(problem))
    may_see_all = runs_contest(viewer, contest)
    if split not in SPLITS or not (is_revealed(phase, now=now) or may_see_all):
        split = "public"
    own = _own_team_ids(session, viewer)
    entries = session.scalars(
        _board(phase, problem, split).limit(max(1, min(limit, MAX_PAGE))).offset(max(0, offset))
    ).all()
    keys = (spec.scoring.primary, *spec.leaderboard.columns)
    values = _metric_values(session, [entry.judgement_id for entry in entries], keys, split)
    rows = tuple(
        LeaderboardRow(
            rank=max(0, offset) + position,
            team_name=entry.team.name,
            is_own=entry.team_id in own,
            score=entry.score if entry.score is not None else float("nan"),
            metrics=values.get(entry.judgement_id, {}),
            n_submissions=entry.n_submissions,
            submitted_at=entry.submitted_at,
            submission_public_id=(entry.submission.public_id if may_see_all or entry.team_id in own else ""),
        )
        for position, entry in enumerate(entries, start=1)
    )
    return LeaderboardPage(
        rows=rows,
        metric_key=spec.scoring.primary,
        higher_is_better=_direction(session, phase, problem, spec.scoring.primary),
        n_teams=session.scalar(select(func.count()).select_from(_board(phase, problem, split).subquery()))
        or 0,
        split=split,
        is_final=_is_final(session, phase, problem, now),
    )


def settle_entry(session: Session, judgement: Judgement) -> None:
    """Bring the team's entries in line with its settled judgements; called in the settle transaction.

    Any judgement with a finite score counts, whatever its verdict (partial credit). The best score
    wins; on a tie the problem's tie-breaking metrics decide, then the earlier submission.
    """
    submission = judgement.submission
    # Two of the team's submissions may settle at once: the second must see the first.
    session.execute(select(Team.id).where(Team.id == submission.team_id).with_for_update())
    is_higher_better = _is_higher_better(session, judgement)
    ties = spec_of(judgement.problem_version).leaderboard.tie_breaks
    n_submissions = _count(session, select(Submission).where(*same_place(submission)))
    for split in SPLITS:
        best = find_best(session, submission, split, ties, is_higher_better=is_higher_better)
        entry = session.scalar(
            select(LeaderboardEntry).where(
                LeaderboardEntry.phase_id == submission.phase_id,
                LeaderboardEntry.problem_id == submission.problem_id,
                LeaderboardEntry.team_id == submission.team_id,
                LeaderboardEntry.split == split,
            )
        )
        if best is None:
            if entry is not None:
                session.execute(delete(LeaderboardEntry).where(LeaderboardEntry.id == entry.id))
            continue
        if entry is None:
            entry = LeaderboardEntry(
                phase_id=submission.phase_id,
                problem_id=submission.problem_id,
                team_id=submission.team_id,
                split=split,
            )
        score = best.score if split == "public" else best.score_private
        entry.judgement_id = best.id
        entry.submission_id = best.submission_id
        entry.submitted_at = best.submission.submitted_at
        entry.score = score
        entry.sort_key = None if score is None else (score if is_higher_better else -score)
        entry.tie_1, entry.tie_2, entry.tie_3 = tie_keys(session, [best.id], ties, split)[best.id]
        entry.n_submissions = n_submissions
        session.add(entry)
    session.flush()


def _count(session: Session, rows: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(rows.order_by(None).subquery())) or 0


def _is_higher_better(session: Session, judgement: Judgement) -> bool:
    primary = spec_of(judgement.problem_version).scoring.primary
    known = session.scalar(
        select(Metric.higher_is_better)
        .where(Metric.judgement_id == judgement.id, Metric.key == primary)
        .limit(1)
    )
    if known is not None:
        return known
    submission = judgement.submission
    phase, problem = submission.phase, submission.problem
    return _direction(session, phase, problem, primary)


def _direction(session: Session, phase: Phase, problem: Problem, key: str) -> bool:
    """Return the direction as the scorer last reported it; up until anything was scored."""
    known = session.scalar(
        select(Metric.higher_is_better)
        .join(Judgement, Judgement.id == Metric.judgement_id)
        .join(Submission, Submission.id == Judgement.submission_id)
        .where(Submission.problem_id == problem.id, Metric.key == key)
        .order_by(Metric.id.desc())
        .limit(1)
    )
    return True if known is None else known


def _board(phase: Phase, problem: Problem, split: str) -> Select[LeaderboardEntry]:
    return (
        select(LeaderboardEntry)
        .where(
            LeaderboardEntry.phase_id == phase.id,
            LeaderboardEntry.problem_id == problem.id,
            LeaderboardEntry.split == split,
            LeaderboardEntry.sort_key.is_not(None),
        )
        .order_by(
            LeaderboardEntry.sort_key.desc(),
            LeaderboardEntry.tie_1.desc().nulls_last(),
            LeaderboardEntry.tie_2.desc().nulls_last(),
            LeaderboardEntry.tie_3.desc().nulls_last(),
            LeaderboardEntry.submitted_at,
            LeaderboardEntry.submission_id,
        )
    )


def _metric_values(
    session: Session, judgement_ids: list[int], keys: tuple[str, ...], split: str
) -> dict[int, dict[str, float | None]]:
    found: dict[int, dict[str, float | None]] = {}
    for metric in session.scalars(
        select(Metric).where(
            Metric.judgement_id.in_(judgement_ids), Metric.key.in_(keys), Metric.split == split
        )
    ):
        found.setdefault(metric.judgement_id, {})[metric.key] = metric.value
    return found


def _own_team_ids(session: Session, viewer: Account | None) -> frozenset[int]:
    if viewer is None:
        return frozenset()
    return frozenset(session.scalars(select(TeamMember.team_id).where(TeamMember.account_id == viewer.id)))


def _latest_phase(contest: Contest, now: datetime) -> Phase:
    started = [phase for phase in contest.phases if phase.starts_at is None or phase.starts_at <= now]
    return (started or contest.phases)[-1 if started else 0]


def _is_final(session: Session, phase: Phase, problem: Problem, now: datetime) -> bool:
    if phase.ends_at is None or phase.ends_at > now:
        return False
    open_one = session.scalar(
        select(Judgement.id)
        .join(Submission, Submission.id == Judgement.submission_id)
        .where(
            Submission.phase_id == phase.id,
            Submission.problem_id == problem.id,
            Judgement.is_current,
            Judgement.state.not_in([State.DONE, State.CANCELLED]),
        )
        .limit(1)
    )
    return open_one is None
