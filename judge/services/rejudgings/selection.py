"""Which submissions of a contest are judged again, by which version, and which are left out and why."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, not_, select
from sqlalchemy.orm import Session, aliased

from judge.errors import InvalidInput, NotFound
from judge.models import (
    Contest,
    Entry,
    Judgement,
    Phase,
    Problem,
    ProblemVersion,
    Rejudging,
    Submission,
    Team,
)
from judge.models.words import Priority, RejudgingState, State, Verdict
from judge.services.problems import current_version, find_version, spec_of

MAX_NAMED = 1000


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for; what is left out does not narrow it.

    Attributes:
        problem: slug; needed where `version` is given.
        version: to judge by; each problem's current one when None.
        phase: position in the contest.
        verdicts: that the submission has now.
        judged_by: version that its present result was made by.
        since: submitted at or after.
        until: submitted before.
        teams: their names, in any case.
        submissions: their public ids.
        rejudging: id of an earlier one that they were part of.
    """

    problem: str | None = None
    version: str | None = None
    phase: int | None = None
    verdicts: tuple[str, ...] = ()
    judged_by: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    teams: tuple[str, ...] = ()
    submissions: tuple[str, ...] = ()
    rejudging: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return what narrows it, for the record."""
        moments = {"since": self.since, "until": self.until}
        told = {name: value.isoformat() if value else None for name, value in moments.items()}
        return {name: value for name, value in {**asdict(self), **told}.items() if value not in (None, ())}


@dataclass(frozen=True, slots=True)
class Batch:
    """One problem's share of a selection.

    Attributes:
        problem: whose submissions.
        version: to judge by.
        n_selected: submissions to be judged again.
        skipped: reason → how many are left out for it: `final` (results that do not move any more),
            `unfinished`, `open` (they are part of another rejudging that is not decided yet), `format` (the
            version does not take such files).
    """

    problem: Problem
    version: ProblemVersion
    n_selected: int
    skipped: Mapping[str, int]


def batches(session: Session, contest: Contest, selection: Selection) -> list[Batch]:
    """Count what a selection picks, problem by problem; problems of which it picks nothing are not there.

    Raises:
        NotFound, InvalidInput: it names what is not there.
    """
    check(session, contest, selection)
    found = []
    for problem in _problems(session, contest, selection):
        version = _version(session, problem, selection)
        reasons = _reasons(version)
        order = [*reasons.items(), ("selected", literal(True))]
        # The first reason counts, so that nothing is counted twice.
        word = case(*[(condition, literal(name)) for name, condition in order])
        asked = _asked(select(word, func.count()), contest, problem, selection)
        counts: dict[str, int] = {name: n for name, n in session.execute(asked.group_by(word))}
        if counts:
            n_selected = counts.pop("selected", 0)
            found.append(Batch(problem, version, n_selected, counts))
    return found


def new_rows(
    contest: Contest, batch: Batch, selection: Selection, *, rejudging_id: int, now: datetime
) -> tuple[list[str], Select[Any]]:
    """Return the columns and the rows of the judgements to be made for a batch."""
    columns = {
        "submission_id": Submission.id,
        "problem_version_id": literal(batch.version.id),
        "is_current": literal(False),
        "priority": literal(int(Priority.REJUDGING)),
        "rejudging_id": literal(rejudging_id),
        "replaces_id": Judgement.id,
        "state": literal(State.QUEUED.value),
        "queued_at": literal(now, Judgement.queued_at.type),
    }
    rows = _asked(select(*columns.values()), contest, batch.problem, selection)
    left_out = [not_(condition) for condition in _reasons(batch.version).values()]
    return list(columns), rows.where(*left_out).order_by(Submission.id)


def check(session: Session, contest: Contest, selection: Selection) -> None:
    """Refuse what names things that are not there: it would silently select nothing.

    Raises:
        InvalidInput: says which field.
        NotFound: the earlier rejudging is not this contest's.
    """
    if selection.version and not selection.problem:
        raise InvalidInput(fields={"version": "Name the problem whose version this is."})
    if any(verdict not in set(Verdict) for verdict in selection.verdicts):
        raise InvalidInput(fields={"verdicts": "There is no such verdict."})
    if selection.since and selection.until and selection.since >= selection.until:
        raise InvalidInput(fields={"until": "The end must be after the beginning."})
    _check_named(session, contest, selection)
    if selection.phase is not None and selection.phase not in {one.position for one in contest.phases}:
        raise InvalidInput(fields={"phase": "This contest has no such phase."})
    if selection.rejudging is not None:
        earlier = session.get(Rejudging, selection.rejudging)
        if earlier is None or earlier.contest_id != contest.id:
            raise NotFound("There is no such rejudging.", code="rejudging-not-found")
        if earlier.state == RejudgingState.OPEN:
            raise InvalidInput(
                "Rejudging {id} is not decided yet; apply or discard it first.",
                code="rejudging-open",
                params={"id": earlier.id},
                fields={"rejudging": "Apply or discard that rejudging first."},
            )


def _check_named(session: Session, contest: Contest, selection: Selection) -> None:
    if max(len(selection.submissions), len(selection.teams)) > MAX_NAMED:
        raise InvalidInput(fields={"submissions": "Name at most 1000."})
    known = session.scalars(
        select(Submission.public_id)
        .join(Phase, Phase.id == Submission.phase_id)
        .where(Phase.contest_id == contest.id, Submission.public_id.in_(selection.submissions))
    )
    _refuse_unknown("submissions", selection.submissions, known)
    asked = [name.casefold() for name in selection.teams]
    teams = session.scalars(
        select(Team.name_key)
        .join(Entry, Entry.team_id == Team.id)
        .where(Entry.contest_id == contest.id, Team.name_key.in_(asked))
    )
    _refuse_unknown("teams", asked, teams)


def _refuse_unknown(field: str, named: Sequence[object], known: Iterable[object]) -> None:
    unknown = sorted({str(one) for one in named} - {str(one) for one in known})
    if unknown:
        raise InvalidInput(
            "This contest has none of these: {names}.",
            code="unknown-selection",
            params={"names": ", ".join(unknown[:5])},
            fields={field: "Some of these are not there."},
        )


def _problems(session: Session, contest: Contest, selection: Selection) -> list[Problem]:
    """List the problems of which submissions may be meant.

    Raises:
        InvalidInput: the one named has none in this contest and is not set there.
    """
    submitted = (
        select(Submission.problem_id)
        .join(Phase, Phase.id == Submission.phase_id)
        .where(Phase.contest_id == contest.id)
    )
    is_set = {setting.problem_id for setting in contest.problems}
    there = session.scalars(
        select(Problem).where(Problem.id.in_(submitted) | Problem.id.in_(is_set)).order_by(Problem.id)
    ).all()
    if selection.problem is None:
        return list(there)
    named = [problem for problem in there if problem.slug == selection.problem]
    if not named:
        raise InvalidInput(fields={"problem": "This contest has no such problem."})
    return named


def _version(session: Session, problem: Problem, selection: Selection) -> ProblemVersion:
    if selection.version is None:
        return current_version(problem)
    return find_version(session, problem.slug, selection.version)


def _asked(query: Select[Any], contest: Contest, problem: Problem, selection: Selection) -> Select[Any]:
    """Narrow a query of submissions and their current judgements to what was asked for."""
    asked = [(make, getattr(selection, name)) for name, make in _NARROWING.items()]
    return (
        query.select_from(Submission)
        .join(Phase, Phase.id == Submission.phase_id)
        .join(Judgement, and_(Judgement.submission_id == Submission.id, Judgement.is_current))
        .where(Phase.contest_id == contest.id, Submission.problem_id == problem.id)
        .where(Submission.is_smoke.is_(False))  # they count for nothing, whatever they get
        .where(*[make(value) for make, value in asked if value not in (None, ())])
    )


def _was_judged_by(version: str) -> ColumnElement[bool]:
    of_this_name = select(ProblemVersion.id).where(ProblemVersion.version == version)
    return Judgement.problem_version_id.in_(of_this_name)


def _is_of(names: Sequence[str]) -> ColumnElement[bool]:
    keys = [name.casefold() for name in names]
    return Submission.team_id.in_(select(Team.id).where(Team.name_key.in_(keys)))


def _was_part_of(rejudging_id: int) -> ColumnElement[bool]:
    part = aliased(Judgement)
    return Submission.id.in_(select(part.submission_id).where(part.rejudging_id == rejudging_id))


# Field of a selection → what it demands of a submission and its current judgement.
_NARROWING: Mapping[str, Callable[[Any], ColumnElement[bool]]] = {
    "phase": lambda position: Phase.position == position,
    "verdicts": Judgement.verdict.in_,
    "judged_by": _was_judged_by,
    "since": lambda instant: Submission.submitted_at >= instant,
    "until": lambda instant: Submission.submitted_at < instant,
    "teams": _is_of,
    "submissions": Submission.public_id.in_,
    "rejudging": _was_part_of,
}


def _reasons(version: ProblemVersion) -> dict[str, ColumnElement[bool]]:
    """Return why a submission is left out: reason → what picks those."""
    other = aliased(Judgement)
    part_of_open = (
        select(other.id)
        .join(Rejudging, Rejudging.id == other.rejudging_id)
        .where(other.submission_id == Submission.id, Rejudging.state == RejudgingState.OPEN)
    )
    return {
        "final": Phase.finalized_at.is_not(None),
        "unfinished": Judgement.state != State.DONE,
        "open": part_of_open.exists(),
        "format": Submission.format.not_in(spec_of(version).submission.formats),
    }
