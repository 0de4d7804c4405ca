"""Writes teams' lines on a problem's boards as the rows of truth have them; the rest is left alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from judge.models import Entry, LeaderboardEntry, Phase, Track, TrackEntry
from judge.models.leaderboard import OVERALL
from judge.models.words import EntryKind
from judge.services.boards.rules import rules_of
from judge.services.boards.truth import Teams, list_candidates
from scoring.leaderboard import Candidate, Line, Rules, fold


class Row(NamedTuple):
    """A line as the table holds it, beside the phase and the problem."""

    team_id: int
    board: str
    track: str
    is_ranked: bool
    submission_id: int
    judgement_id: int
    score: float
    order_key: bytes
    submitted_at: datetime
    n_submissions: int

    @property
    def place(self) -> tuple[int, str, str]:
        """What no other line of the problem in the phase shares."""
        return self.team_id, self.board, self.track


@dataclass(frozen=True, slots=True)
class Standing:
    """How a team takes part.

    Attributes:
        is_out: disqualified or withdrawn: it has no lines.
        is_ranked: False for the organizer's baseline.
        tracks: the overall one, and those it is in.
    """

    is_out: bool = False
    is_ranked: bool = True
    tracks: tuple[str, ...] = (OVERALL,)


@dataclass(frozen=True, slots=True)
class Difference:
    """A line that is not what the rows of truth say; None where there is no line."""

    problem_id: int
    found: Row | None
    wanted: Row | None


COLUMNS = tuple(getattr(LeaderboardEntry, name) for name in Row._fields)


def refresh(
    session: Session, phase: Phase, problem_id: int, teams: Teams, *, is_applied: bool = True
) -> list[Difference]:
    """Bring teams' lines of one problem in line with the rows of truth.

    Args:
        session: open transaction that holds the teams, so that nothing of theirs changes meanwhile.
        phase: in which phase.
        problem_id: of which problem.
        teams: of whom.
        is_applied: False only tells what is wrong.

    Returns:
        What was not right.
    """
    candidates = list_candidates(session, phase_id=phase.id, problem_id=problem_id, teams=teams)
    wanted = {
        row.place: row
        for row in list_rows(candidates, list_standings(session, phase.contest_id, teams), rules_of(phase))
    }
    present = {row.place: (number, row) for number, row in _list_present(session, phase, problem_id, teams)}
    differing = [
        Difference(problem_id, present.get(place, (0, None))[1], wanted.get(place))
        for place in sorted(present.keys() | wanted.keys())
        if present.get(place, (0, None))[1] != wanted.get(place)
    ]
    if is_applied and differing:
        _write(session, phase, differing, {place: number for place, (number, _) in present.items()})
    return differing


def list_rows(
    candidates: Mapping[int, Sequence[Candidate]], standings: Mapping[int, Standing], rules: Rules
) -> Iterable[Row]:
    """Yield the lines that teams' submissions give them. Pure: a preview calls it with other judgements.

    Args:
        candidates: judged submissions by team id.
        standings: how teams take part; those not in it are in the overall ranking.
        rules: the phase's.
    """
    for team_id, own in candidates.items():
        standing = standings.get(team_id, _PLAIN)
        if standing.is_out:
            continue
        for line in fold(own, rules):
            for track in standing.tracks:
                yield _row(team_id, line, track, is_ranked=standing.is_ranked)


_PLAIN = Standing()


def list_standings(session: Session, contest_id: int, teams: Teams) -> dict[int, Standing]:
    """Return how teams take part in a contest, by team id."""
    tracks: dict[int, list[str]] = {}
    is_wanted = (Entry.contest_id == contest_id, Entry.team_id.between(teams.first_id, teams.last_id))
    for team_id, slug in session.execute(
        select(Entry.team_id, Track.slug)
        .join(TrackEntry, TrackEntry.entry_id == Entry.id)
        .join(Track, Track.id == TrackEntry.track_id)
        .where(*is_wanted)
        .order_by(Track.slug)
    ):
        tracks.setdefault(team_id, []).append(slug)
    rows = session.execute(
        select(Entry.team_id, Entry.disqualified_at, Entry.withdrawn_at, Entry.kind).where(*is_wanted)
    )
    return {
        team_id: Standing(
            is_out=disqualified_at is not None or withdrawn_at is not None,
            is_ranked=kind != EntryKind.BASELINE,
            tracks=(OVERALL, *tracks.get(team_id, ())),
        )
        for team_id, disqualified_at, withdrawn_at, kind in rows
    }


def _row(team_id: int, line: Line, track: str, *, is_ranked: bool) -> Row:
    counted = line.candidate
    return Row(
        team_id=team_id,
        board=line.board.value,
        track=track,
        is_ranked=is_ranked,
        submission_id=counted.submission_id,
        judgement_id=counted.judgement_id,
        score=line.score,
        order_key=line.order_key,
        submitted_at=counted.submitted_at,
        n_submissions=line.n_submissions,
    )


def _list_present(session: Session, phase: Phase, problem_id: int, teams: Teams) -> Iterable[tuple[int, Row]]:
    rows = session.execute(
        select(LeaderboardEntry.id, *COLUMNS).where(
            LeaderboardEntry.phase_id == phase.id,
            LeaderboardEntry.problem_id == problem_id,
            LeaderboardEntry.team_id.between(teams.first_id, teams.last_id),
        )
    )
    return ((number, Row(*values)) for number, *values in rows)


def _write(
    session: Session,
    phase: Phase,
    differing: Sequence[Difference],
    numbers: Mapping[tuple[int, str, str], int],
) -> None:
    gone = [numbers[one.found.place] for one in differing if one.found and one.wanted is None]
    for at in range(0, len(gone), 1000):
        session.execute(
            delete(LeaderboardEntry)
            .where(LeaderboardEntry.id.in_(gone[at : at + 1000]))
            .execution_options(synchronize_session=False)
        )
    changed = [
        {"id": numbers[one.wanted.place], **one.wanted._asdict()}
        for one in differing
        if one.found and one.wanted
    ]
    if changed:
        session.execute(update(LeaderboardEntry), changed)
    added = [
        {"phase_id": phase.id, "problem_id": one.problem_id, **one.wanted._asdict()}
        for one in differing
        if one.found is None and one.wanted
    ]
    if added:
        session.execute(insert(LeaderboardEntry), added)
