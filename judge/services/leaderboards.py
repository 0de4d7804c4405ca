"""The materialised leaderboard: who is where, kept up to date by every settled judgement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from judge.models import (
    Account,
    Contest,
    Judgement,
    LeaderboardEntry,
    Phase,
    Problem,
    Submission,
)
from judge.models.leaderboard import OVERALL
from judge.models.words import Board, State
from judge.services.access import runs_contest
from judge.services.beside_scores import shown_beside
from judge.services.boards.reading import (
    Place,
    Spot,
    find_spot,
    get_track,
    list_ranks,
    list_stretch,
    own_team_ids,
    shown_board,
    size_of,
)
from judge.services.boards.rules import list_meanings
from judge.services.boards.settling import settle_entry
from judge.services.ladders import has_ladder
from judge.services.problems import current_version, spec_of
from judge.services.visibility import open_splits

__all__ = ["MAX_PAGE", "SPLITS", "LeaderboardPage", "LeaderboardRow", "page", "settle_entry"]

SPLITS = ("public", "private")
MAX_PAGE = 500
_COLUMNS = (
    LeaderboardEntry.submission_id,
    LeaderboardEntry.judgement_id,
    LeaderboardEntry.score,
    LeaderboardEntry.n_submissions,
    LeaderboardEntry.submitted_at,
)


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
        track: slug of the track, empty for all teams.
        is_frozen: contestants are shown the board as it was at the freeze.
        is_final: the results are final, or the phase is over and nothing of it is still being judged.
        has_ladder: scores are those that the phase's ladder released.
        own: where the viewer's team stands.
    """

    rows: tuple[LeaderboardRow, ...]
    metric_key: str
    higher_is_better: bool
    n_teams: int
    n_rows: int
    split: str
    track: str
    is_frozen: bool
    is_final: bool
    has_ladder: bool
    own: Spot | None


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
    board = shown_board(phase, split, viewer=viewer, now=now)
    place = Place(phase.id, problem.id, board, get_track(session, contest, track))
    offset = max(0, offset)
    entries = list_stretch(session, place, _COLUMNS, limit=max(1, min(limit, MAX_PAGE)), offset=offset)
    own = own_team_ids(session, viewer)
    split = (Board.PRIVATE if board is Board.PRIVATE else Board.PUBLIC).value
    is_climbed = split == "public" and has_ladder(phase)
    shown = shown_beside(
        session,
        place.lines,
        split,
        [entry.judgement_id for entry in entries],
        spec,
        is_climbed=is_climbed,
        is_open=split in open_splits(phase, viewer=viewer, now=now),
    )
    opened = [entry.submission_id for entry in entries if may_see_all or entry.team_id in own]
    public_ids = _public_ids(session, opened)
    rows = tuple(
        LeaderboardRow(
            rank=rank,
            team_name=entry.team_name,
            is_own=entry.team_id in own,
            is_baseline=not entry.is_ranked,
            score=entry.score,
            metrics=shown.metrics.get(entry.judgement_id, {}),
            interval=shown.intervals.get(entry.judgement_id),
            tied=shown.tied.get(entry.judgement_id),
            n_submissions=entry.n_submissions,
            submitted_at=entry.submitted_at,
            submission_public_id=public_ids.get(entry.submission_id, ""),
        )
        for rank, entry in zip(list_ranks(session, place, entries, offset=offset), entries, strict=True)
    )
    size = size_of(session, place)
    return LeaderboardPage(
        rows=rows,
        metric_key=spec.scoring.primary,
        higher_is_better=list_meanings(session, problem.id)[current_version(problem).id].higher_is_better,
        n_teams=size.n_ranked,
        n_rows=size.n_lines,
        split=split,
        track=track,
        is_frozen=board is Board.FROZEN,
        is_final=phase.finalized_at is not None or _is_final(session, phase, problem, now),
        has_ladder=is_climbed,
        own=find_spot(session, place, sorted(own)) if own else None,
    )


def _public_ids(session: Session, wanted: Sequence[int]) -> dict[int, str]:
    if not wanted:
        return {}
    rows = session.execute(select(Submission.id, Submission.public_id).where(Submission.id.in_(wanted)))
    return {number: public_id for number, public_id in rows}


def _latest_phase(contest: Contest, now: datetime) -> Phase:
    started = [phase for phase in contest.phases if phase.starts_at is None or phase.starts_at <= now]
    return (started or contest.phases)[-1 if started else 0]


def _is_final(session: Session, phase: Phase, problem: Problem, now: datetime) -> bool:
    if phase.closes_at is None or phase.closes_at > now:
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
