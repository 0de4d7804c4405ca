"""Reads the rows of truth: teams' judged submissions to a problem, as the arithmetic takes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from judge.models import Judgement, Metric, Phase, Submission
from judge.models.words import State, Verdict
from judge.services.boards.rules import Meaning, list_meanings
from judge.services.ladders import Tried, fold, has_ladder
from scoring.leaderboard import Candidate, Scored, Subtask
from scoring.order import N_TIES


@dataclass(frozen=True, slots=True)
class Teams:
    """A stretch of teams by id, both ends included."""

    first_id: int
    last_id: int

    @classmethod
    def only(cls, team_id: int) -> "Teams":
        """Return the stretch of one team."""
        return cls(team_id, team_id)


class _Judged(NamedTuple):
    team_id: int
    submission_id: int
    submitted_at: datetime
    is_selected: bool
    late_factor: float
    judgement_id: int
    version_id: int
    verdict: str | None
    score: float | None
    score_private: float | None
    released_score: float | None
    subtasks: Sequence[Mapping[str, Any]] | None = None


Ties = Mapping[tuple[int, str], tuple[float | None, ...]]


def list_candidates(
    session: Session,
    *,
    phase_id: int,
    problem_id: int,
    teams: Teams,
    which: ColumnElement[bool] | None = None,
    has_subtasks: bool = False,
) -> dict[int, list[Candidate]]:
    """Return teams' judged submissions to a problem in a phase, in the order they were received.

    Those that ended by a fault of ours are not among them, nor are smoke tests: they count for nothing.

    Args:
        session: reads.
        phase_id: in which phase.
        problem_id: to which problem.
        teams: of whom.
        which: picks the one judgement of each submission that is to count; the current one when None. A
            preview of a rejudging gives its own.
        has_subtasks: whether to read what subtasks gave.

    Returns:
        By team id; teams without any are left out.
    """
    meanings = list_meanings(session, problem_id)
    is_wanted: tuple[ColumnElement[bool], ...] = (
        Submission.phase_id == phase_id,
        Submission.problem_id == problem_id,
        Submission.team_id.between(teams.first_id, teams.last_id),
        Judgement.is_current.is_(True) if which is None else which,
        Judgement.state == State.DONE,
        Judgement.verdict != Verdict.JE,
        Submission.is_smoke.is_(False),
    )
    ties = _list_ties(session, is_wanted, meanings)
    rows = session.execute(
        select(
            Submission.team_id,
            Submission.id,
            Submission.submitted_at,
            Submission.is_selected,
            Submission.late_factor,
            Judgement.id,
            Judgement.problem_version_id,
            Judgement.verdict,
            Judgement.score,
            Judgement.score_private,
            Judgement.released_score,
            *([Judgement.exhibits["subtasks"]] if has_subtasks else []),
        )
        .join(Judgement, Judgement.submission_id == Submission.id)
        .where(*is_wanted)
        .order_by(Submission.team_id, Submission.id)
    )
    judged = [_Judged(*row) for row in rows]
    phase = session.get_one(Phase, phase_id)
    if has_ladder(phase) and which is not None:
        judged = _climbed(session, phase, judged, meanings)
    found: dict[int, list[Candidate]] = {}
    for one in judged:
        found.setdefault(one.team_id, []).append(
            _candidate(one, meanings, ties, has_ladder=has_ladder(phase))
        )
    return found


def _climbed(
    session: Session, phase: Phase, judged: list[_Judged], meanings: Mapping[int, Meaning]
) -> list[_Judged]:
    """Return the rows with what the ladder would release, were these the judgements that count."""
    found: list[_Judged] = []
    for _, own in groupby(judged, key=lambda one: one.team_id):
        mine = list(own)
        tried = [Tried(one.submission_id, one.judgement_id, one.version_id, one.score) for one in mine]
        released = fold(session, phase, meanings, tried)
        found += [one._replace(released_score=released[one.judgement_id]) for one in mine]
    return found


def _candidate(
    judged: _Judged, meanings: Mapping[int, Meaning], ties: Ties, *, has_ladder: bool
) -> Candidate:
    meaning = meanings[judged.version_id]
    public = Scored(judged.score, ties.get((judged.judgement_id, "public"), ()))
    return Candidate(
        submission_id=judged.submission_id,
        judgement_id=judged.judgement_id,
        submitted_at=judged.submitted_at,
        # Tie-breaks of the public split would tell what the ladder does not.
        public=Scored(judged.released_score, ()) if has_ladder else public,
        private=Scored(judged.score_private, ties.get((judged.judgement_id, "private"), ())),
        higher_is_better=meaning.higher_is_better,
        generation=meaning.generation,
        is_selected=judged.is_selected,
        verdict=judged.verdict or "",
        late_factor=judged.late_factor,
        subtasks=tuple(
            Subtask(one["name"], one["split"], one["points"], one["max_points"])
            for one in judged.subtasks or ()
        ),
    )


def _list_ties(
    session: Session, is_wanted: tuple[ColumnElement[bool], ...], meanings: Mapping[int, Meaning]
) -> Ties:
    """Return the tie-breaking metrics by judgement and split, turned so that larger is better."""
    keys = {key for meaning in meanings.values() for key in meaning.ties}
    if not keys:
        return {}
    places = {number: {key: at for at, key in enumerate(one.ties)} for number, one in meanings.items()}
    found: dict[tuple[int, str], list[float | None]] = {}
    for number, version_id, split, key, value, is_up in session.execute(
        select(
            Judgement.id,
            Judgement.problem_version_id,
            Metric.split,
            Metric.key,
            Metric.value,
            Metric.higher_is_better,
        )
        .join(Judgement, Judgement.id == Metric.judgement_id)
        .join(Submission, Submission.id == Judgement.submission_id)
        .where(*is_wanted, Metric.key.in_(keys), Metric.value.is_not(None))
    ):
        at = places[version_id].get(key)
        if at is not None and value is not None:
            found.setdefault((number, split), [None] * N_TIES)[at] = value if is_up else -value
    return {place: tuple(values) for place, values in found.items()}
