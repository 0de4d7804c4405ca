"""What the demo shows: a table that lives on a terminal, plain lines elsewhere, and the leaderboards."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from judge.client.api import JudgeClient
from judge.client.records import Leaderboard
from judge.stack.demo_people import Person
from judge.stack.demo_run import Trial

STATE_STYLES = {"done": "green", "failed": "red", "running": "cyan", "scoring": "magenta"}
COLUMNS = ("problem", "example", "by", "state", "verdict", "score", "as expected")


class Progress:
    """Shows trials while they change. Called from several threads; rich does the locking."""

    def __init__(self, console: Console, trials: Sequence[Trial]) -> None:
        self._console = console
        self._trials = trials
        self._live: Live | None = None

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the live table while the block runs; without a terminal only finished trials are printed."""
        if not self._console.is_terminal:
            yield
            return
        with Live(get_renderable=self._table, console=self._console, refresh_per_second=8) as live:
            self._live = live
            yield
        self._live = None

    def on_change(self, trial: Trial) -> None:
        """Print a finished trial where there is no live table."""
        if self._live is None and trial.is_over:
            cells = _cells(trial)
            self._console.print("  ".join(f"{cell.plain:<{width}}" for cell, width in cells), soft_wrap=True)

    def _table(self) -> Table:
        """Return the table of this moment."""
        n_over = sum(trial.is_over for trial in self._trials)
        title = f"{n_over} of {len(self._trials)} example submissions judged"
        table = Table(title=title, title_justify="left", box=None, pad_edge=False)
        for name in COLUMNS:
            justify: Literal["left", "right"] = "right" if name == "score" else "left"
            table.add_column(name, justify=justify, no_wrap=name != "as expected", overflow="fold")
        for trial in self._trials:
            table.add_row(*(cell for cell, _ in _cells(trial)))
        return table


def print_leaderboards(console: Console, url: str, people: Sequence[Person], trials: Sequence[Trial]) -> None:
    """Print the board of each problem as a contestant sees it now."""
    slugs = {trial.package.spec.slug: trial.contest or "practice" for trial in trials}
    viewer = next(person for person in people if person.team)
    with JudgeClient(url, viewer.token) as client:
        for slug, contest in slugs.items():
            console.print(_board(client.leaderboard(contest, problem=slug)))


def _board(page: Leaderboard) -> Table:
    """Return one leaderboard as a table."""
    table = Table(title=f"{page.contest} · {page.problem} · {page.split}", title_justify="left", box=None)
    table.add_column("rank", justify="right")
    table.add_column("team")
    table.add_column(page.metric, justify="right")
    others = sorted({key for row in page.rows for key in row.metrics if key != page.metric})
    for key in (*others, "submissions"):
        table.add_column(key, justify="right", overflow="fold")
    for row in page.rows:
        values = [_number(row.metrics.get(key)) for key in others]
        table.add_row(str(row.rank or "–"), row.team, _number(row.score), *values, str(row.n_submissions))
    return table


def _cells(trial: Trial) -> list[tuple[Text, int]]:
    """Return the cells of one trial with the widths they take where there is no table."""
    found = trial.submission
    state = "judged earlier" if trial.is_old and trial.is_over else trial.state
    expected = Text("")
    if trial.is_over:
        complaint = trial.complaint
        expected = Text(f"✘ {complaint}", style="bold red") if complaint else Text("✔", style="green")
    return [
        (Text(trial.package.spec.slug), 18),
        (Text(trial.example.name), 18),
        (Text(trial.person.username), 5),
        (Text(state, style=STATE_STYLES.get(trial.state, "")), 14),
        (Text(found.verdict or "" if found else ""), 3),
        (Text(_number(found.score) if found else ""), 9),
        (expected, 1),
    ]


def _number(value: float | None) -> str:
    """Return a score as people read it."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) >= 10 else f"{value:.5f}"
