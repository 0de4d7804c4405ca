"""What organizers see of a rejudging: how far it is, old against new, and what stands in its way."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flask_babel import gettext, lazy_gettext

from judge.models import Rejudging
from judge.models.words import RejudgingState, Verdict
from judge.services.rejudgings import applying, preview, ranks
from judge.services.rejudgings.applying import Hindrances
from judge.services.rejudgings.preview import Cell, Change, Progress
from judge.services.rejudgings.ranks import RankChange
from judge.services.rejudgings.selection import Batch
from web.i18n import localised
from web.presenters.addresses import page_mark
from web.presenters.problems import decimals_of, metric_label, spec_of
from web.presenters.rejudgings import ScoreLine, present_score
from web.presenters.verdicts import VERDICTS, Chip, present_outcome

if TYPE_CHECKING:
    from judge.db.session import Session

STATES = {
    RejudgingState.APPLIED: Chip("applied", lazy_gettext("Applied"), "check2-all", "good"),
    RejudgingState.DISCARDED: Chip("discarded", lazy_gettext("Discarded"), "trash", "calm"),
}
AT_WORK = Chip("working", lazy_gettext("Being judged"), "hourglass-split", "busy")
READY = Chip("ready", lazy_gettext("Waits for your decision"), "question-circle", "fair")
SKIPPED = {
    "final": lazy_gettext("of a phase whose results are final"),
    "unfinished": lazy_gettext("not judged yet"),
    "open": lazy_gettext("part of another rejudging that is not decided"),
    "format": lazy_gettext("of a format that the version does not take"),
}
NARROWED = {
    "problem": lazy_gettext("Problem"),
    "version": lazy_gettext("Judged by"),
    "phase": lazy_gettext("Phase"),
    "verdicts": lazy_gettext("Present results"),
    "judged_by": lazy_gettext("Present result made by version"),
    "since": lazy_gettext("Handed in at or after (UTC)"),
    "until": lazy_gettext("Handed in before (UTC)"),
    "teams": lazy_gettext("Teams"),
    "submissions": lazy_gettext("Only these submissions"),
    "rejudging": lazy_gettext("Were part of rejudging"),
}
MAX_TOLD = 8
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """A rejudging in the list."""

    id: int
    contest_name: str
    reason: str
    chip: Chip
    progress: Progress
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """Old verdict, then how many got each new one; `None` cells are empty."""

    old: Chip
    cells: list["MatrixCell"]
    total: int


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """How many; `new` is empty for what has no verdict."""

    old: str
    new: str
    n: int
    is_same: bool


@dataclass(frozen=True, slots=True)
class Matrix:
    """Old verdict × new verdict; a head without a chip is of what has none yet."""

    heads: list[Chip | None]
    rows: list[MatrixRow]


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One submission, before and after."""

    public_id: str
    team: str
    problem: str
    old: Chip
    new: Chip
    scores: list[ScoreLine]
    decimals: int
    notes: list[object]


@dataclass(frozen=True, slots=True)
class RankRow:
    """A team's place before and after; a dash where it has none."""

    team: str
    where: str
    is_private: bool
    old: str
    new: str
    is_better: bool


@dataclass(frozen=True, slots=True)
class Ranks:
    """Who would stand elsewhere; `n_total` of them, of which the best places are shown."""

    rows: list[RankRow]
    n_total: int


@dataclass(frozen=True, slots=True)
class Part:
    """A page of changes.

    Attributes:
        rows: in the order of handing in.
        more: where the next page starts, or None.
        is_all: whether what stayed the same is shown too.
        old: only of this verdict before, or empty.
        new: only of this one now, or empty.
    """

    rows: list[ChangeRow]
    more: int | None
    is_all: bool
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Page:
    """One rejudging.

    Attributes:
        line: as in the list.
        contest_slug: whose submissions.
        reasons: what contestants read, by language.
        asked: what narrowed the selection: label, value.
        skipped: what was left out: why, how many.
        matrix: old × new.
        hindrances: what cannot be taken over, in words; empty when all can, or it is decided.
        is_open: whether it is still to be decided on.
        is_partial_needed: whether only a part can be applied now.
        outcome: what became of it, in words.
        closed_at: when it was decided.
        closed_by: by whom.
    """

    line: Line
    contest_slug: str
    reasons: list[str]
    asked: list[tuple[object, str]]
    skipped: list[tuple[object, int]]
    matrix: Matrix
    hindrances: list[str]
    is_open: bool
    is_partial_needed: bool
    outcome: list[str]
    closed_at: datetime | None
    closed_by: str


def present_line(session: "Session", rejudging: Rejudging) -> Line:
    """Return a rejudging for the list."""
    progress = preview.progress(session, rejudging)
    chip = STATES.get(RejudgingState(rejudging.state)) or (READY if progress.is_finished else AT_WORK)
    return Line(
        id=rejudging.id,
        contest_name=localised(rejudging.contest.names),
        reason=localised(rejudging.reasons),
        chip=chip,
        progress=progress,
        created_at=rejudging.created_at,
        created_by=rejudging.created_by.username,
    )


def present_page(session: "Session", rejudging: Rejudging) -> Page:
    """Return a rejudging's page."""
    is_open = rejudging.state == RejudgingState.OPEN
    told = _hindrances(applying.hindrances(session, rejudging)) if is_open else []
    return Page(
        line=present_line(session, rejudging),
        contest_slug=rejudging.contest.slug,
        reasons=list(rejudging.reasons.values()),
        asked=[
            (label, _value(rejudging.selection[name]))
            for name, label in NARROWED.items()
            if name in rejudging.selection
        ],
        skipped=present_skipped(rejudging.skipped),
        matrix=present_matrix(preview.matrix(session, rejudging)),
        hindrances=told,
        is_open=is_open,
        is_partial_needed=bool(told),
        outcome=_outcome(rejudging),
        closed_at=rejudging.closed_at,
        closed_by=rejudging.closed_by.username if rejudging.closed_by else "",
    )


def present_matrix(cells: Sequence[Cell]) -> Matrix:
    """Return old × new, both in the order of verdicts, with what has none last."""
    counted = {(cell.old, cell.new or ""): cell.n for cell in cells}
    olds = _in_order(old for old, _ in counted)
    news = _in_order(new for _, new in counted)
    rows = [
        MatrixRow(
            present_outcome("done", old),
            [MatrixCell(old, new, counted.get((old, new), 0), old == new) for new in news],
            sum(counted.get((old, new), 0) for new in news),
        )
        for old in olds
    ]
    return Matrix([VERDICTS[Verdict(new)] if new else None for new in news], rows)


def present_change(change: Change) -> ChangeRow:
    """Return one submission, before and after."""
    notes: list[object] = []
    if change.is_overtaken:
        notes.append(gettext("judged again otherwise meanwhile"))
    if change.old_metric != change.new_metric:
        notes.append(
            gettext(
                "another metric decides: %(old)s, then %(new)s",
                old=metric_label(change.old_metric),
                new=metric_label(change.new_metric),
            )
        )
    version = change.new.problem_version
    slug = change.submission.problem.slug
    return ChangeRow(
        public_id=change.submission.public_id,
        team=change.submission.team.name,
        problem=localised(spec_of(version).get("names")) or slug,
        old=present_outcome(change.old.state, change.old.verdict),
        new=present_outcome(change.new.state, change.new.verdict),
        scores=[present_score("public", change.public), present_score("private", change.private)],
        decimals=decimals_of(version),
        notes=notes,
    )


def present_selected(found: Sequence[Batch]) -> list[tuple[str, str, int, list[tuple[object, int]]]]:
    """Return for each problem its name, the version, how many are selected, and what is left out."""
    return [
        (
            localised(spec_of(batch.version).get("names")) or batch.problem.slug,
            batch.version.version,
            batch.n_selected,
            present_skipped(batch.skipped),
        )
        for batch in found
    ]


def present_part(session: "Session", rejudging: Rejudging, sent: Mapping[str, str]) -> Part:
    """Return the part of the changes that an address asks for."""
    old, new = (sent.get(name) if sent.get(name) in set(Verdict) else None for name in ("old", "new"))
    is_all = sent.get("all") == "1"
    found = preview.changes(
        session,
        rejudging,
        is_all=is_all or bool(old or new),
        old_verdict=old,
        new_verdict=new,
        after_id=page_mark(sent.get("after", "0")),
        limit=PAGE_SIZE + 1,
    )
    rows = [present_change(change) for change in found[:PAGE_SIZE]]
    more = found[PAGE_SIZE - 1].new.id if len(found) > PAGE_SIZE else None
    return Part(rows, more, is_all, old or "", new or "")


def present_ranks(session: "Session", rejudging: Rejudging, page: Page) -> Ranks | None:
    """Return how ranks would change, once all is judged and before it is decided; else None."""
    if not page.is_open or not page.line.progress.is_finished:
        return None
    found = ranks.rank_changes(session, rejudging)
    return Ranks([_rank_row(change) for change in found.shown], found.n_total)


def _rank_row(change: RankChange) -> RankRow:
    old, new = change.old_rank, change.new_rank
    name = gettext("Overall")
    if change.problem is not None:
        name = localised(spec_of(change.problem.current_version).get("names")) or change.problem.slug
    return RankRow(
        team=change.team,
        where=" · ".join(filter(None, (name, localised(change.phase.names), change.track))),
        is_private=change.board == "private",
        old=str(old) if old else "–",
        new=str(new) if new else "–",
        is_better=new is not None and (old is None or new < old),
    )


def present_skipped(skipped: Mapping[str, int]) -> list[tuple[object, int]]:
    """Return why submissions were left out, with how many."""
    return [(label, skipped[reason]) for reason, label in SKIPPED.items() if skipped.get(reason)]


def _hindrances(found: Hindrances) -> list[str]:
    told = {
        gettext("not finished: %(n)d", n=found.n_unfinished): found.n_unfinished,
        gettext("ended with a judge error: %(n)d", n=found.n_failed): found.n_failed,
        gettext("judged again otherwise meanwhile: %(n)d", n=found.n_overtaken): found.n_overtaken,
    }
    return [str(text) for text, n in told.items() if n]


def _outcome(rejudging: Rejudging) -> list[str]:
    outcome = rejudging.outcome
    told = {
        gettext("taken over: %(n)d", n=outcome.get("n_applied", 0)): outcome.get("n_applied"),
        gettext("cancelled: %(n)d", n=outcome.get("n_cancelled", 0)): outcome.get("n_cancelled"),
        gettext("ended with a judge error: %(n)d", n=outcome.get("n_failed", 0)): outcome.get("n_failed"),
        gettext("judged again otherwise meanwhile: %(n)d", n=outcome.get("n_overtaken", 0)): outcome.get(
            "n_overtaken"
        ),
    }
    return [str(text) for text, n in told.items() if n]


def _value(value: object) -> str:
    if isinstance(value, list):
        more = "" if len(value) <= MAX_TOLD else f", … ({len(value)})"
        return ", ".join(str(one) for one in value[:MAX_TOLD]) + more
    return str(value)


def _in_order(verdicts: Iterable[str]) -> list[str]:
    found = set(verdicts)
    return [verdict.value for verdict in Verdict if verdict in found] + ([""] if "" in found else [])
