"""Computes teams' lines on boards from the rows of truth, and writes what differs; the rest is left alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.orm import Session

from judge.models import Contest, Entry, LeaderboardEntry, Phase, Standing, Track, TrackEntry
from judge.models.leaderboard import OVERALL
from judge.models.words import EntryKind, Format
from judge.services.boards.rules import rules_of
from judge.services.boards.sizes import OVERALL_BOARDS, Counted, Size, count_along
from judge.services.boards.truth import Teams, list_candidates
from judge.services.ladders import has_ladder
from scoring.formats import Scale, Setting, overall
from scoring.leaderboard import Candidate, Rules, fold

Place = tuple[int | str, ...]
ByTeam = Mapping[int, Sequence[Candidate]]


class Line(NamedTuple):
    """A line as `LeaderboardEntry` holds it, beside the phase."""

    problem_id: int
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
    def place(self) -> Place:
        """What no other line in the phase shares."""
        return self.problem_id, self.team_id, self.board, self.track


class Total(NamedTuple):
    """A line as `Standing` holds it, beside the phase."""

    team_id: int
    board: str
    track: str
    is_ranked: bool
    total: float
    penalty: int
    cells: Mapping[str, Mapping[str, object]]
    order_key: bytes
    decided_at: datetime

    @property
    def place(self) -> Place:
        """What no other line in the phase shares."""
        return self.team_id, self.board, self.track

    @property
    def problem_id(self) -> int:
        """Of no problem: of all together."""
        return OVERALL_BOARDS


@dataclass(frozen=True, slots=True)
class Part:
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
    """A line, or a board's size, that is not what the rows of truth say; None where there is no line."""

    found: Line | Total | Size | None
    wanted: Line | Total | Size | None


_PLAIN = Part()
_WHOLE = 2**53  # whole numbers beyond it were floats


def refresh(
    session: Session, phase: Phase, problem_ids: Iterable[int], teams: Teams, *, is_applied: bool = True
) -> list[Difference]:
    """Bring teams' lines on some problems' boards, and overall, in line with the rows of truth.

    Args:
        session: open transaction that holds the teams, so that nothing of theirs changes meanwhile.
        phase: in which phase.
        problem_ids: of which problems.
        teams: of whom.
        is_applied: False only tells what is wrong.

    Returns:
        What was not right.
    """
    parts = list_parts(session, phase.contest_id, teams)
    scales = scales_of(phase.contest)
    wanted_ids = list(problem_ids)
    candidates = {
        problem_id: list_candidates(
            session, phase_id=phase.id, problem_id=problem_id, teams=teams, has_subtasks=needs_subtasks(phase)
        )
        for problem_id in dict.fromkeys((*wanted_ids, *scales))
    }
    lines = [
        line
        for problem_id in wanted_ids
        for line in list_lines(problem_id, candidates[problem_id], parts, rules_of(phase))
    ]
    present = _list_lines_present(session, phase, wanted_ids, teams)
    differing = _reconcile(session, LeaderboardEntry, phase, present, lines, is_applied=is_applied)
    totals = list_totals(phase, scales, candidates, parts)
    standing = _list_totals_present(session, phase, teams)
    differing += _reconcile(session, Standing, phase, standing, totals, is_applied=is_applied)
    if is_applied and differing:
        gone: list[Counted] = [line for _, line in present]
        gone += [total for _, total in standing]
        count_along(session, phase, gone, [*lines, *totals])
    return differing


def list_lines(problem_id: int, candidates: ByTeam, parts: Mapping[int, Part], rules: Rules) -> list[Line]:
    """Return the lines that teams' submissions give them. Pure: a preview calls it with other judgements.

    Args:
        problem_id: of which problem.
        candidates: judged submissions by team id.
        parts: how teams take part; those not in it are in the overall ranking.
        rules: the phase's.
    """
    return [
        Line(
            problem_id=problem_id,
            team_id=team_id,
            board=line.board.value,
            track=track,
            is_ranked=part.is_ranked,
            submission_id=line.candidate.submission_id,
            judgement_id=line.candidate.judgement_id,
            score=line.score,
            order_key=line.order_key,
            submitted_at=line.candidate.submitted_at,
            n_submissions=line.n_submissions,
        )
        for team_id, own in candidates.items()
        if not (part := parts.get(team_id, _PLAIN)).is_out
        for line in fold(own, rules)
        for track in part.tracks
    ]


def list_totals(
    phase: Phase, scales: Mapping[int, Scale], candidates: Mapping[int, ByTeam], parts: Mapping[int, Part]
) -> list[Total]:
    """Return teams' lines on the overall boards, as `list_lines` does.

    Args:
        phase: with its contest's format and its rules.
        scales: how problems give points; none where they are not added up.
        candidates: by problem, then by team.
        parts: how teams take part.
    """
    if not scales:
        return []
    totals = []
    for team_id in sorted({team_id for by_team in candidates.values() for team_id in by_team}):
        part = parts.get(team_id, _PLAIN)
        if part.is_out:
            continue
        setting = Setting(
            format=Format(phase.contest.format),
            rules=rules_of(phase),
            scales=scales,
            candidates={number: candidates[number].get(team_id, ()) for number in scales},
            starts_at=phase.starts_at or phase.contest.created_at,
        )
        totals += [
            Total(
                team_id=team_id,
                board=line.board.value,
                track=track,
                is_ranked=part.is_ranked,
                total=line.total,
                penalty=line.penalty,
                cells=line.cells,
                order_key=line.order_key,
                decided_at=line.decided_at,
            )
            for line in overall(setting)
            for track in part.tracks
        ]
    return totals


def list_parts(session: Session, contest_id: int, teams: Teams) -> dict[int, Part]:
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
        team_id: Part(
            is_out=disqualified_at is not None or withdrawn_at is not None,
            is_ranked=kind != EntryKind.BASELINE,
            tracks=(OVERALL, *tracks.get(team_id, ())),
        )
        for team_id, disqualified_at, withdrawn_at, kind in rows
    }


def scales_of(contest: Contest) -> dict[int, Scale]:
    """Return how a contest's problems give points, by id; none where they are not added up."""
    if contest.format == Format.PROBLEMS:
        return {}
    return {one.problem_id: Scale(one.zero_score, one.full_score, one.points) for one in contest.problems}


def needs_subtasks(phase: Phase) -> bool:
    """Whether totals are made of what subtasks gave; a ladder does not tell that."""
    return phase.contest.format == Format.IOI and not has_ladder(phase)


def _list_lines_present(
    session: Session, phase: Phase, problem_ids: Sequence[int], teams: Teams
) -> list[tuple[int, Line]]:
    columns = [getattr(LeaderboardEntry, name) for name in Line._fields]
    rows = session.execute(
        select(LeaderboardEntry.id, *columns).where(
            LeaderboardEntry.phase_id == phase.id,
            LeaderboardEntry.problem_id.in_(problem_ids),
            LeaderboardEntry.team_id.between(teams.first_id, teams.last_id),
        )
    )
    return [(number, Line(*values)) for number, *values in rows]


def _list_totals_present(session: Session, phase: Phase, teams: Teams) -> list[tuple[int, Total]]:
    columns = [getattr(Standing, name) for name in Total._fields]
    rows = session.execute(
        select(Standing.id, *columns).where(
            Standing.phase_id == phase.id, Standing.team_id.between(teams.first_id, teams.last_id)
        )
    )
    found = [(number, Total(*values)) for number, *values in rows]
    return [(number, total._replace(cells=_as_written(total.cells))) for number, total in found]


def _as_written(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return JSON with its numbers as written: PostgreSQL gives 1e308 back as 309 digits."""
    if isinstance(value, Mapping):
        return {name: _as_written(inner) for name, inner in value.items()}
    return float(value) if isinstance(value, int) and abs(value) > _WHOLE else value


def _reconcile(
    session: Session,
    model: type[LeaderboardEntry] | type[Standing],
    phase: Phase,
    present: Sequence[tuple[int, Line | Total]],
    wanted: Sequence[Line | Total],
    *,
    is_applied: bool,
) -> list[Difference]:
    found: dict[Place, Line | Total] = {row.place: row for _, row in present}
    asked: dict[Place, Line | Total] = {row.place: row for row in wanted}
    numbers = {row.place: number for number, row in present}
    gone = [numbers[place] for place in found.keys() - asked.keys()]
    changed = [
        {"id": numbers[place], **row._asdict()}
        for place, row in asked.items()
        if place in found and found[place] != row
    ]
    added = [{"phase_id": phase.id, **row._asdict()} for place, row in asked.items() if place not in found]
    if is_applied:
        for at in range(0, len(gone), 1000):
            session.execute(
                delete(model)
                .where(model.id.in_(gone[at : at + 1000]))
                .execution_options(synchronize_session=False)
            )
        if changed:
            session.execute(update(model), changed)  # by primary key
        if added:
            session.execute(insert(cast("Table", model.__table__)), added)
    return [
        Difference(found.get(place), asked.get(place))
        for place in sorted(found.keys() | asked.keys())
        if found.get(place) != asked.get(place)
    ]
