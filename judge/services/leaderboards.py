"""The materialised leaderboard: who is where, kept up to date by every settled judgement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from judge.models import (
    Account,
    Contest,
    Judgement,
    LeaderboardEntry,
    Phase,
    Problem,
    Submission,
    TeamMember,
)
from judge.models.leaderboard import OVERALL
from judge.models.words import Board, State
from judge.services.access import runs_contest
from judge.services.beside_scores import shown_beside
from judge.services.boards.rules import list_meanings
from judge.services.boards.settling import settle_entry
from judge.services.ladders import has_ladder
from judge.services.problems import current_version, spec_of
from judge.services.visibility import is_revealed, open_splits
from scoring.order import generation_of

__all__ = ["MAX_PAGE", "SPLITS", "LeaderboardPage", "LeaderboardRow", "page", "settle_entry"]

SPLITS = ("public", "private")
MAX_PAGE = 500


@dataclass(frozen=True, slots=True)
class LeaderboardRow:
    """One team's place.

    Attributes:
        rank: 1 is best; no two teams share one. None for a baseline, and for what was judged by an earlier
            metric of the problem.
        team_name: for display, to be escaped.
        is_own: whether the viewer is a member.
        is_baseline: the organizer's reference.
        score: primary metric.
        metrics: the leaderboard's columns, key → value.
        n_submissions: how many of the team's were judged.
        submitted_at: of the counted submission.
        interval: the score's confidence interval; None where there is none, or the viewer may not see it.
        tied: first and last rank of the group of teams that cannot be told apart from it; None when alone.
        submission_public_id: only for who may open it, else "".
    """

    rank: int | None
    team_name: str
    is_own: bool
    is_baseline: bool
    score: float
    metrics: Mapping[str, float | None]
    n_submissions: int
    submitted_at: datetime
    submission_public_id: str
    interval: tuple[float, float] | None = None
    tied: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class LeaderboardPage:
    """A stretch of the leaderboard.

    Attributes:
        rows: in order.
        metric_key: what `score` is.
        higher_is_better: direction of `score`.
        n_teams: ranked in all.
        n_rows: lines in all.
        split: what is shown; `public` when the private one is not revealed yet.
        is_final: the phase is over and nothing of it is still being judged.
        has_ladder: scores are those that the phase's ladder released.
    """

    rows: tuple[LeaderboardRow, ...]
    metric_key: str
    higher_is_better: bool
    n_teams: int
    n_rows: int
    split: str
    is_final: bool
    has_ladder: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    """One board: the lines that are compared with each other."""

    phase_id: int
    problem_id: int
    board: str
    track: str

    @property
    def lines(self) -> tuple[ColumnElement[bool], ...]:
        return (
            LeaderboardEntry.phase_id == self.phase_id,
            LeaderboardEntry.problem_id == self.problem_id,
            LeaderboardEntry.board == self.board,
            LeaderboardEntry.track == self.track,
        )


def page(  # noqa: PLR0913 - all keyword-only
    session: Session,
    *,
    contest: Contest,
    problem: Problem,
    phase: Phase | None = None,
    split: str = "public",
    track: str = OVERALL,
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
        track: slug of a track, empty for all teams.
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
    place = _Place(phase.id, problem.id, Board(split).value, track)
    entries = _list_entries(session, place, limit=max(1, min(limit, MAX_PAGE)), offset=max(0, offset))
    own = _own_team_ids(session, viewer)
    shown = shown_beside(
        session,
        place.lines,
        split,
        [entry.judgement_id for entry in entries],
        spec,
        is_climbed=split == "public" and has_ladder(phase),
        is_open=split in open_splits(phase, viewer=viewer, now=now),
    )
    ranks = _ranks(session, place, entries)
    rows = tuple(
        LeaderboardRow(
            rank=rank,
            team_name=entry.team.name,
            is_own=entry.team_id in own,
            is_baseline=not entry.is_ranked,
            score=entry.score,
            metrics=shown.metrics.get(entry.judgement_id, {}),
            interval=shown.intervals.get(entry.judgement_id),
            tied=shown.tied.get(entry.judgement_id),
            n_submissions=entry.n_submissions,
            submitted_at=entry.submitted_at,
            submission_public_id=(entry.submission.public_id if may_see_all or entry.team_id in own else ""),
        )
        for rank, entry in zip(ranks, entries, strict=True)
    )
    n_baselines, n_teams = (
        _count(session, place, LeaderboardEntry.is_ranked.is_(it)) for it in (False, True)
    )
    return LeaderboardPage(
        rows=rows,
        metric_key=spec.scoring.primary,
        higher_is_better=list_meanings(session, problem.id)[current_version(problem).id].higher_is_better,
        n_teams=n_teams,
        n_rows=n_teams + n_baselines,
        split=split,
        is_final=_is_final(session, phase, problem, now),
        has_ladder=split == "public" and has_ladder(phase),
    )


def _list_entries(session: Session, place: _Place, *, limit: int, offset: int) -> Sequence[LeaderboardEntry]:
    """Return a stretch of lines; what is left out is counted in the index alone."""
    query = select(LeaderboardEntry).where(*place.lines)
    if offset:
        first = session.scalar(
            select(LeaderboardEntry.order_key)
            .where(*place.lines)
            .order_by(LeaderboardEntry.order_key)
            .offset(offset)
            .limit(1)
        )
        if first is None:
            return ()
        query = query.where(LeaderboardEntry.order_key >= first)
    return session.scalars(
        query.order_by(LeaderboardEntry.order_key)
        .limit(limit)
        .options(joinedload(LeaderboardEntry.team), joinedload(LeaderboardEntry.submission))
    ).all()


def _ranks(session: Session, place: _Place, entries: Sequence[LeaderboardEntry]) -> list[int | None]:
    """Return the rank of each line of a stretch, None for one that has none."""
    if not entries:
        return []
    newest = generation_of(
        session.scalars(select(func.min(LeaderboardEntry.order_key)).where(*place.lines)).one()
    )
    rank = _count(
        session,
        place,
        LeaderboardEntry.is_ranked.is_(True),
        LeaderboardEntry.order_key < entries[0].order_key,
    )
    found: list[int | None] = []
    for entry in entries:
        rank += entry.is_ranked
        found.append(rank if entry.is_ranked and generation_of(entry.order_key) == newest else None)
    return found


def _count(session: Session, place: _Place, *which: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(LeaderboardEntry).where(*place.lines, *which)) or 0


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
