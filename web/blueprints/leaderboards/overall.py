"""The overall ranking of a contest that adds its problems up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext

from judge.models import Contest
from judge.models.words import Format
from judge.services.standings import StandingRow, StandingsPage
from web.blueprints.leaderboards.tabs import Choice, Tab, Way, problem_tabs, split_tabs, track_tabs, way
from web.presenters.contests import ContestCard, present_contest_card
from web.presenters.problems import present_problem_card

ENDPOINT = "leaderboards.overall"


@dataclass(frozen=True, slots=True)
class Cell:
    """What one problem gave: a value, a note below it, and how it went (`good`, `bad`, `open` or empty)."""

    value: str
    note: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class OverallRow:
    """One line; escape the name. `penalty` is None where the format has none."""

    rank: int | None
    medal: str
    team_name: str
    is_own: bool
    is_baseline: bool
    total: str
    penalty: int | None
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class OverallPage:
    """All of the page."""

    contest: ContestCard
    tabs: list[list[Tab]]
    head: str
    problems: list[tuple[str, str]]
    rows: list[OverallRow]
    n_teams: int
    has_penalty: bool
    explanation: str
    is_frozen: bool
    is_final: bool
    way: Way


def present_overall(contest: Contest, page: StandingsPage, choice: Choice, *, now: datetime) -> OverallPage:
    """Return the page of an overall ranking."""
    place = {"slug": contest.slug}
    has_penalty = page.format is Format.ICPC
    return OverallPage(
        contest=present_contest_card(contest, now=now),
        tabs=[
            problem_tabs(contest, None),
            split_tabs(ENDPOINT, place, choice),
            track_tabs(ENDPOINT, place, choice),
        ],
        head=gettext("Solved") if has_penalty else gettext("Points"),
        problems=[
            (present_problem_card(one.problem).name, "" if has_penalty else f"{one.points:g}")
            for one in contest.problems
        ],
        rows=[_row(row, page) for row in page.rows],
        n_teams=page.n_teams,
        has_penalty=has_penalty,
        explanation=_explanation(page.format),
        is_frozen=page.is_frozen,
        is_final=page.is_final,
        way=way(ENDPOINT, place, choice, page.n_rows, page.own),
    )


def _explanation(format: Format) -> str:
    texts: dict[Format, str] = {
        Format.SUM: gettext("Each problem's score gives points in proportion; points add up."),
        Format.HOMEWORK: gettext("Each problem's score gives points, less for what is late; points add up."),
        Format.IOI: gettext("Of each subtask the best result over all submissions counts; points add up."),
        Format.ICPC: gettext(
            "Most problems solved, then the least penalty: minutes until each solution, and 20 for each "
            "wrong run before it."
        ),
    }
    return texts.get(format, "")


def _row(row: StandingRow, page: StandingsPage) -> OverallRow:
    has_penalty = page.format is Format.ICPC
    return OverallRow(
        rank=row.rank,
        medal=str(row.rank) if row.rank is not None and row.rank <= 3 else "",
        team_name=row.team_name,
        is_own=row.is_own,
        is_baseline=row.is_baseline,
        total=f"{row.total:.0f}" if has_penalty else f"{row.total:.2f}",
        penalty=row.penalty if has_penalty else None,
        cells=[_cell(row.cells.get(slug), has_penalty=has_penalty) for slug in page.problems],
    )


def _cell(cell: Mapping[str, object] | None, *, has_penalty: bool) -> Cell:
    if cell is None:
        return Cell("–")
    if has_penalty:
        return _icpc_cell(cell)
    factor = float(str(cell.get("late_factor", 1.0)))
    note = gettext("late: ×%(factor)s", factor=f"{factor:g}") if factor < 1 else ""
    return Cell(f"{float(str(cell['points'])):.2f}", note)


def _icpc_cell(cell: Mapping[str, object]) -> Cell:
    wrong = int(str(cell["wrong"]))
    if cell["solved"]:
        return Cell(f"+{wrong or ''}", gettext("%(minutes)s min", minutes=cell["minutes"]), "good")
    if cell["pending"]:
        return Cell(f"?{cell['pending']}", f"−{wrong}" if wrong else "", "open")
    return Cell(f"−{wrong}", "", "bad")
