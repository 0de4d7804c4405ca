"""What a scorer shows beside numbers, in the terminal: subtasks and tables."""

from rich import box
from rich.table import Table

from judge.cli.terminal import clean, number, out, t
from judge.client import Submission

MAX_ROWS = 50


def new_table(*columns: str) -> Table:
    """Return an empty table; `columns` are lines of ours."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column("ID" if "{" in column else t(column), overflow="fold")
    return table


def show_rest(n_left: int) -> None:
    """Say how many rows were left out, if any were."""
    if n_left > 0:
        out().print(t("… and {n} more; --json has all.", n=n_left), style="dim")


def show_subtasks(submission: Submission) -> None:
    """Print what each group of cases gave."""
    if not submission.subtasks:
        return
    table = new_table("Subtask", "Split", "Passed", "Points")
    for one in submission.subtasks:
        table.add_row(
            clean(one.title or one.name),
            clean(one.split),
            f"{one.n_passed} / {one.n_cases}",
            f"{number(one.points)} / {number(one.max_points)}",
        )
    out().print(table)


def show_tables(submission: Submission) -> None:
    """Print the scorer's tables, and the names of its pictures."""
    for one in submission.tables:
        out().print(clean(one.title or one.name), style="bold")
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for column in one.columns:
            table.add_column(clean(column), overflow="fold")
        for row in one.rows[:MAX_ROWS]:
            table.add_row(*map(_cell, row))
        out().print(table)
        show_rest(len(one.rows) - MAX_ROWS)
    for plot in submission.plots:
        line = "Picture {name}: {title}. Fetch it with: judge status {id} --plots FOLDER"
        out().print(t(line, name=clean(plot.name), title=clean(plot.title), id=clean(submission.id)))


def _cell(cell: object) -> str:
    if isinstance(cell, float):
        return number(cell)
    return "–" if cell is None else clean(cell)
