"""The overall ranking of a contest that adds its problems up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from judge.errors import NotFound
from judge.models import Account, Contest, Phase, Standing
from judge.models.leaderboard import OVERALL
from judge.models.words import Board, Format
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

MAX_PAGE = 500
_COLUMNS = (Standing.total, Standing.penalty, Standing.cells)


@dataclass(frozen=True, slots=True)
class StandingRow:
    """One team's place.

    Attributes:
        rank: 1 is best; None for a baseline.
        team_name: for display, to be escaped.
        is_own: whether the viewer is a member.
        is_baseline: the organizer's reference.
        total: points, or the number of problems solved.
        penalty: minutes; 0 where the format has none.
        cells: by problem slug, what it gave.
    """

    rank: int | None
    team_name: str
    is_own: bool
    is_baseline: bool
    total: float
    penalty: int
    cells: Mapping[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class StandingsPage:
    """A stretch of the overall ranking; see `LeaderboardPage` for what is not said here.

    Attributes:
        format: how problems are added up.
        problems: slugs of the problems in order, with the points each gives at most.
    """

    rows: tuple[StandingRow, ...]
    format: Format
    problems: Mapping[str, float]
    n_teams: int
    n_rows: int
    split: str
    track: str
    is_frozen: bool
    is_final: bool
    own: Spot | None


def page(
    session: Session,
    *,
    phase: Phase,
    split: str = "public",
    track: str = OVERALL,
    limit: int = 100,
    offset: int = 0,
    now: datetime,
    viewer: Account | None = None,
) -> StandingsPage:
    """Return a stretch of the overall ranking, best first.

    Args:
        session: open session.
        phase: of which phase of the contest.
        split: `public` or `private`; private falls back to public until it is revealed.
        track: slug of a track, empty for all teams.
        limit: rows, 1 to 500.
        offset: rows to leave out.
        now: decides what is revealed.
        viewer: whose rows are marked.

    Raises:
        NotFound: `no-standings`: the contest ranks its problems one by one; or no such track.
    """
    contest = phase.contest
    if contest.format == Format.PROBLEMS:
        raise NotFound("This contest ranks its problems one by one.", code="no-standings")
    board = shown_board(phase, split, viewer=viewer, now=now)
    place = Place(phase.id, None, board, get_track(session, contest, track))
    offset = max(0, offset)
    found = list_stretch(session, place, _COLUMNS, limit=max(1, min(limit, MAX_PAGE)), offset=offset)
    own = own_team_ids(session, viewer)
    slugs = {str(one.problem_id): one.problem.slug for one in contest.problems}
    size = size_of(session, place)
    return StandingsPage(
        rows=tuple(
            StandingRow(
                rank=rank,
                team_name=row.team_name,
                is_own=row.team_id in own,
                is_baseline=not row.is_ranked,
                total=row.total,
                penalty=row.penalty,
                cells={slugs[number]: cell for number, cell in row.cells.items() if number in slugs},
            )
            for rank, row in zip(list_ranks(session, place, found, offset=offset), found, strict=True)
        ),
        format=Format(contest.format),
        problems=_problems(contest),
        n_teams=size.n_ranked,
        n_rows=size.n_lines,
        split=(Board.PRIVATE if board is Board.PRIVATE else Board.PUBLIC).value,
        track=track,
        is_frozen=board is Board.FROZEN,
        is_final=phase.finalized_at is not None,
        own=find_spot(session, place, sorted(own)) if own else None,
    )


def _problems(contest: Contest) -> dict[str, float]:
    return {one.problem.slug: one.points for one in contest.problems}
