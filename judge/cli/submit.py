"""`judge submit`: upload, watch, and an exit code that says how it went."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TransferSpeedColumn,
)

from judge.cli.exits import EPILOG, ExitCode
from judge.cli.shown import exit_code_of, show_submission
from judge.cli.terminal import clean, client, err, exit_codes, number, print_json, print_json_error, t
from judge.client import JudgeClient, Submission

MIB = 2**20
INTERRUPTED = 130
CHECK_FIRST_BYTES = MIB  # below that, sending it is as quick as asking whether it may be sent

HELP = f"""Submit a file and wait for its score.

Progress goes to stderr, the result to stdout. {EPILOG}
With --min-score the score decides for AC and WA alike, in the direction of the problem's metric.
"""


def submit(  # noqa: PLR0913, PLR0917 - one parameter per option
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, readable=True, help="What to hand in.", metavar="FILE"),
    ],
    problem: Annotated[str, typer.Option("--problem", "-p", help="Slug of the problem.")],
    contest: Annotated[
        str | None,
        typer.Option(
            help="Slug of the contest. Without it: the practice track, or the only open contest that sets it."
        ),
    ] = None,
    team: Annotated[str | None, typer.Option(help="Name or number of the team to submit for.")] = None,
    format: Annotated[str | None, typer.Option(help="Format, when the file's name does not tell it.")] = None,
    note: Annotated[str, typer.Option(help="A line for yourself.")] = "",
    is_smoke: Annotated[
        bool, typer.Option("--smoke", help="Judge it on the sample alone: no quota, no rank.")
    ] = False,
    min_score: Annotated[float | None, typer.Option(help="Exit with 1 when the score is worse.")] = None,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Return when the upload is accepted.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the server's JSON.")] = False,
) -> None:
    """Submit a file and wait for its score."""
    with exit_codes(as_json=as_json), client() as judge:
        _check_size(judge, file, problem, as_json=as_json)
        with _uploading(file) as report:
            submission = judge.submit(
                file,
                problem=problem,
                contest=contest,
                team=_team_id(judge, team),
                format=format,
                note=note,
                is_smoke=is_smoke,
                progress=report,
            )
        _announce(submission)
        if not no_wait:
            submission = _watch(judge, submission)
    if as_json:
        print_json(dict(submission.raw))
    else:
        show_submission(submission)
    raise typer.Exit(_exit_code(submission, min_score))


def _team_id(judge: JudgeClient, team: str | None) -> int | None:
    """Return the number of a team given by name or number.

    Raises:
        typer.Exit: no own team is called that.
    """
    if team is None or team.isdecimal():
        return None if team is None else int(team)
    for own in judge.me().teams:
        if own.name.casefold() == team.casefold():
            return own.id
    err().print(t("You have no team called {team}.", team=clean(team)))
    raise typer.Exit(ExitCode.USAGE)


def _exit_code(submission: Submission, min_score: float | None) -> ExitCode:
    code = exit_code_of(submission, min_score=min_score)
    if code is ExitCode.NOT_ACCEPTED and min_score is not None and submission.score is not None:
        line = "Score {score} is worse than the {wanted} asked for."
        err().print(t(line, score=number(submission.score), wanted=number(min_score)))
    return code


def _check_size(judge: JudgeClient, file: Path, problem: str, *, as_json: bool) -> None:
    """Refuse here what the server would refuse after minutes of upload.

    Raises:
        typer.Exit: the file is empty, or larger than the problem takes.
    """
    size = file.stat().st_size
    if size == 0:
        code, text = "file-empty", t("{path} is empty.", path=clean(file))
    elif size > CHECK_FIRST_BYTES and size > (max_mib := judge.problem(problem).max_mib) * MIB > 0:
        line = "{name} has {size_mib:.1f} MiB; {problem} takes at most {max_mib:g} MiB."
        text = t(line, name=clean(file.name), size_mib=size / MIB, problem=problem, max_mib=max_mib)
        code = "payload-too-large"
    else:
        return
    if as_json:
        print_json_error(code, text)
    err().print(text)
    raise typer.Exit(ExitCode.REFUSED)


class _Report:
    """Moves the bar; a retried upload begins anew."""

    def __init__(self, bar: Progress, total: int) -> None:
        self._bar = bar
        self._task = bar.add_task(t("uploading"), total=total)

    def __call__(self, n_sent: int, n_total: int) -> None:
        self._bar.update(self._task, completed=n_sent, total=n_total)


@contextmanager
def _uploading(file: Path) -> Iterator[_Report | None]:
    """Show a bar on a terminal; elsewhere nothing moves."""
    console = err()
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        yield _Report(bar, file.stat().st_size)


def _announce(submission: Submission) -> None:
    line = t("Submission {id}", id=clean(submission.id))
    if submission.quota is not None and submission.quota.left is not None:
        line += "  " + t("Left today: {left}", left=submission.quota.left)
    err().print(line)


def _watch(judge: JudgeClient, submission: Submission) -> Submission:
    """Show each state: in place on a terminal, one line each elsewhere.

    Raises:
        typer.Exit: interrupted; judging goes on without us.
    """
    console = err()
    try:
        if not console.is_terminal:
            return judge.wait(submission.id, on_change=lambda seen: console.print(_plain_line(seen)))
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True) as line:
            task = line.add_task(t(clean(submission.state)))
            return judge.wait(
                submission.id, on_change=lambda seen: line.update(task, description=_state_line(seen))
            )
    except KeyboardInterrupt:
        console.print(t("Still being judged. See it with: judge status {id}", id=clean(submission.id)))
        raise typer.Exit(INTERRUPTED) from None


def _plain_line(submission: Submission) -> str:
    return t(clean(submission.state)) + (f": {clean(submission.waiting)}" if submission.waiting else "")


def _state_line(submission: Submission) -> str:
    if submission.waiting:
        return _plain_line(submission)
    position = submission.raw.get("queue_position")
    return t(clean(submission.state)) + (
        f" ({position})" if isinstance(position, int) and position > 0 else ""
    )
