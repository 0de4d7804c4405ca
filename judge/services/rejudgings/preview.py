"""What a rejudging found, beside what counts now: progress, verdicts, scores. For who runs the contest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased, selectinload

from judge.models import Judgement, Metric, Rejudging, Submission
from judge.models.words import RUNNING_STATES, State, Verdict
from judge.services.problems import spec_of

MAX_PAGE = 500
_RUNNING = [state.value for state in RUNNING_STATES]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rejudging is.

    Attributes:
        n_total: judgements.
        n_queued: waiting.
        n_running: being judged.
        n_done: with a verdict.
        n_cancelled: ended without one.
        n_judge_errors: of those done.
        n_changed: of those done, with another verdict or another score; a judge error replaces nothing.
    """

    n_total: int
    n_queued: int
    n_running: int
    n_done: int
    n_cancelled: int
    n_judge_errors: int
    n_changed: int

    @property
    def is_finished(self) -> bool:
        """Whether nothing of it waits or runs."""
        return self.n_queued + self.n_running == 0


@dataclass(frozen=True, slots=True)
class Cell:
    """How many went from one verdict to another; `new` is None for what has none yet."""

    old: str
    new: str | None
    n: int


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """One split's score, before and after.

    Attributes:
        old: None when there was none.
        new: likewise.
        delta: new − old; None unless both are the same metric, in the same direction, and finite.
        is_better: whether the new one ranks higher; None when they cannot be compared, or are equal.
    """

    old: float | None
    new: float | None
    delta: float | None
    is_better: bool | None


@dataclass(frozen=True, slots=True)
class Change:
    """One submission, before and after.

    Attributes:
        submission: which.
        old: the judgement that counted when the rejudging began.
        new: the one that may take its place.
        old_metric: key of the metric that decided.
        new_metric: key of the one that decides; another version may have renamed it.
        public: scores.
        private: likewise.
        is_overtaken: the old one did not count any more when this was looked at, or applied.
    """

    submission: Submission
    old: Judgement
    new: Judgement
    old_metric: str
    new_metric: str
    public: ScoreChange
    private: ScoreChange
    is_overtaken: bool


def progress(session: Session, rejudging: Rejudging) -> Progress:
    """Count how far it is."""
    old = aliased(Judgement)

    def n(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    row = session.execute(
        select(
            func.count(),
            n(Judgement.state == State.QUEUED),
            n(Judgement.state.in_(_RUNNING)),
            n(Judgement.state == State.DONE),
            n(Judgement.state == State.CANCELLED),
            n(Judgement.verdict == Verdict.JE),
            n(and_(Judgement.state == State.DONE, Judgement.verdict != Verdict.JE, _is_changed(old))),
        )
        .select_from(Judgement)
        .join(old, old.id == Judgement.replaces_id)
        .where(Judgement.rejudging_id == rejudging.id)
    ).one()
    return Progress(*(int(value) for value in row))


def matrix(session: Session, rejudging: Rejudging) -> list[Cell]:
    """Count old verdict × new verdict."""
    old = aliased(Judgement)
    rows = session.execute(
        select(old.verdict, Judgement.verdict, func.count())
        .select_from(Judgement)
        .join(old, old.id == Judgement.replaces_id)
        .where(Judgement.rejudging_id == rejudging.id)
        .group_by(old.verdict, Judgement.verdict)
    )
    return [Cell(before or "", after, n) for before, after, n in rows]


def changes(
    session: Session,
    rejudging: Rejudging,
    *,
    is_all: bool = False,
    old_verdict: str | None = None,
    new_verdict: str | None = None,
    after_id: int = 0,
    limit: int = 50,
) -> list[Change]:
    """List submissions that have a new result, in the order they were handed in.

    Args:
        session: reads.
        rejudging: of which.
        is_all: also those whose result is the same.
        old_verdict: only of these before.
        new_verdict: only of these now.
        after_id: only judgements after this one, for paging: `Change.new.id`.
        limit: at most so many, 1 to 500.
    """
    old = aliased(Judgement)
    query = (
        select(Judgement)
        .join(old, old.id == Judgement.replaces_id)
        .options(
            selectinload(Judgement.submission),
            selectinload(Judgement.replaces),
            selectinload(Judgement.problem_version),
        )
        .where(Judgement.rejudging_id == rejudging.id, Judgement.state == State.DONE, Judgement.id > after_id)
        .order_by(Judgement.id)
        .limit(max(1, min(limit, MAX_PAGE + 1)))
    )
    if not is_all:
        query = query.where(_is_changed(old))
    if old_verdict is not None:
        query = query.where(old.verdict == old_verdict)
    if new_verdict is not None:
        query = query.where(Judgement.verdict == new_verdict)
    return describe(session, session.scalars(query).all())


def describe(session: Session, news: Sequence[Judgement]) -> list[Change]:
    """Return new judgements beside those they replace or would replace."""
    pairs = [(new, new.replaces) for new in news if new.replaces is not None]
    directions = _directions(session, [one.id for pair in pairs for one in pair])
    return [_change(new, old, directions) for new, old in pairs]


def _change(new: Judgement, old: Judgement, directions: Mapping[tuple[int, str], bool]) -> Change:
    old_metric, new_metric = primary_of(old), primary_of(new)
    old_way = directions.get((old.id, old_metric))
    new_way = directions.get((new.id, new_metric))
    # Without a value there is no direction; a score that is not there compares with nothing anyway.
    way = new_way if old_metric == new_metric and old_way == new_way else None
    return Change(
        submission=new.submission,
        old=old,
        new=new,
        old_metric=old_metric,
        new_metric=new_metric,
        public=_compare(old.score, new.score, way),
        private=_compare(old.score_private, new.score_private, way),
        is_overtaken=not old.is_current if new.applied_at is None else False,
    )


def primary_of(judgement: Judgement) -> str:
    """Return the key of the metric that decided."""
    return spec_of(judgement.problem_version).scoring.primary


def _compare(old: float | None, new: float | None, is_higher_better: bool | None) -> ScoreChange:
    if old is None or new is None or is_higher_better is None:
        return ScoreChange(old, new, None, None)
    delta = new - old
    is_better = None if delta == 0 else (delta > 0) == is_higher_better
    return ScoreChange(old, new, delta, is_better)


def _directions(session: Session, judgement_ids: Sequence[int]) -> dict[tuple[int, str], bool]:
    rows = session.execute(
        select(Metric.judgement_id, Metric.key, Metric.higher_is_better).where(
            Metric.judgement_id.in_(judgement_ids)
        )
    )
    return {(judgement_id, key): is_higher for judgement_id, key, is_higher in rows}


def _is_changed(old: type[Judgement]) -> ColumnElement[bool]:
    """Return what picks a new judgement that says something else than the old one."""
    return or_(
        Judgement.verdict.is_distinct_from(old.verdict),
        Judgement.score.is_distinct_from(old.score),
        Judgement.score_private.is_distinct_from(old.score_private),
    )
