"""Reads stretches and places of boards by their order key: one index serves each question."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from judge.errors import NotFound
from judge.models import Account, Contest, LeaderboardEntry, Phase, Standing, Team, TeamMember, Track
from judge.models.leaderboard import OVERALL
from judge.models.words import Board
from judge.services.access import runs_contest
from judge.services.boards.sizes import Size, get_size
from judge.services.visibility import is_frozen, is_revealed
from scoring.order import generation_of

Model = type[LeaderboardEntry] | type[Standing]


@dataclass(frozen=True, slots=True)
class Place:
    """One board: the lines that are compared with each other. `problem_id` is None for an overall one."""

    phase_id: int
    problem_id: int | None
    board: Board
    track: str = OVERALL

    @property
    def model(self) -> Model:
        """Return the table that holds it."""
        return Standing if self.problem_id is None else LeaderboardEntry

    @property
    def lines(self) -> tuple[ColumnElement[bool], ...]:
        """Return what picks its lines."""
        model = self.model
        where = (model.phase_id == self.phase_id, model.board == self.board.value, model.track == self.track)
        if self.problem_id is None:
            return where
        return (*where, LeaderboardEntry.problem_id == self.problem_id)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a team stands.

    Attributes:
        team_id: who.
        rank: None for a baseline, or for what an earlier metric judged.
        position: of the line, from 0, those without a rank counted too.
    """

    team_id: int
    rank: int | None
    position: int


def shown_board(phase: Phase, split: str, *, viewer: Account | None, now: datetime) -> Board:
    """Return the board that `viewer` sees when asking for a split.

    Who runs the contest sees both live. Others see the private split once it is revealed, and instead of the
    public one what it was at the freeze, as long as that lasts.
    """
    may_see_all = runs_contest(viewer, phase.contest)
    if split == Board.PRIVATE and (may_see_all or is_revealed(phase, now=now)):
        return Board.PRIVATE
    return Board.FROZEN if is_frozen(phase, now=now) and not may_see_all else Board.PUBLIC


def list_stretch(
    session: Session,
    place: Place,
    columns: Sequence[InstrumentedAttribute[Any]],
    *,
    limit: int,
    offset: int,
) -> Sequence[Row[Any]]:
    """Return some lines in order; those left out are counted in the index alone.

    Args:
        session: reads.
        place: which board.
        columns: what to read of its lines, beside `team_id`, `team_name`, `is_ranked` and `order_key`.
        limit: lines at most.
        offset: lines to leave out.
    """
    model = place.model
    query = select(
        model.team_id, Team.name.label("team_name"), model.is_ranked, model.order_key, *columns
    ).where(*place.lines)
    if offset:
        first = select(model.order_key).where(*place.lines).order_by(model.order_key).offset(offset).limit(1)
        query = query.where(model.order_key >= first.scalar_subquery())
    query = query.join(Team, Team.id == model.team_id).order_by(model.order_key).limit(limit)
    return session.execute(query).all()


def list_ranks(session: Session, place: Place, rows: Sequence[Row[Any]], *, offset: int) -> list[int | None]:
    """Return the rank of each line of a stretch, None for one that has none.

    Those without a rank are few: they are counted, not those before the stretch.
    """
    if not rows:
        return []
    newest = _newest_generation(session, place)
    rank = offset - _count_before(session, place, rows[0].order_key, is_ranked=False)
    found: list[int | None] = []
    for row in rows:
        rank += row.is_ranked
        found.append(rank if row.is_ranked and _is_of(row.order_key, newest) else None)
    return found


def find_spot(session: Session, place: Place, team_ids: Sequence[int]) -> Spot | None:
    """Return where the best of some teams stands; None when none of them is on the board."""
    model = place.model
    row = session.execute(
        select(model.team_id, model.order_key, model.is_ranked)
        .where(*place.lines, model.team_id.in_(team_ids))
        .order_by(model.order_key)
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    n_ranked = _count_before(session, place, row.order_key, is_ranked=True)
    n_others = _count_before(session, place, row.order_key, is_ranked=False)
    is_current = row.is_ranked and _is_of(row.order_key, _newest_generation(session, place))
    return Spot(row.team_id, n_ranked + 1 if is_current else None, n_ranked + n_others)


def size_of(session: Session, place: Place) -> Size:
    """Return how many lines a board has."""
    return get_size(session, place.phase_id, place.problem_id, place.board.value, place.track)


def get_track(session: Session, contest: Contest, slug: str) -> str:
    """Return a track's slug when there is such a track; an empty one is the overall ranking.

    Raises:
        NotFound: this contest has no such track.
    """
    if slug != OVERALL and not session.scalar(
        select(Track.id).where(Track.contest_id == contest.id, Track.slug == slug)
    ):
        raise NotFound("This contest has no such track.", code="track-not-found")
    return slug


def own_team_ids(session: Session, viewer: Account | None) -> frozenset[int]:
    """Return the teams that `viewer` is a member of."""
    if viewer is None:
        return frozenset()
    return frozenset(session.scalars(select(TeamMember.team_id).where(TeamMember.account_id == viewer.id)))


def _count_before(session: Session, place: Place, key: bytes, *, is_ranked: bool) -> int:
    model = place.model
    is_before = (model.is_ranked.is_(is_ranked), model.order_key < key)
    return session.scalar(select(func.count()).select_from(model).where(*place.lines, *is_before)) or 0


def _newest_generation(session: Session, place: Place) -> int | None:
    """Return the generation of a problem's first line; overall boards have none."""
    if place.problem_id is None:
        return None
    first = session.scalar(select(func.min(LeaderboardEntry.order_key)).where(*place.lines))
    return None if first is None else generation_of(first)


def _is_of(key: bytes, generation: int | None) -> bool:
    return generation is None or generation_of(key) == generation
