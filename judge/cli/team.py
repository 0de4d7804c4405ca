"""`judge login|logout|problems|status|leaderboard`: what a team does beside submitting."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from judge.cli.exits import ExitCode
from judge.cli.shown import (
    exit_code_of,
    show_leaderboard,
    show_problem,
    show_problems,
    show_standings,
    show_submission,
    show_submissions,
)
from judge.cli.terminal import clean, client, err, exit_codes, language, out, print_json, t
from judge.client import JudgeClient, config

JsonOption = Annotated[bool, typer.Option("--json", help="Print the server's JSON.")]
MAX_TOKEN = 1000


def login(
    url: Annotated[
        str | None, typer.Option(help="Address of the judge, e.g. https://judge.example.org.")
    ] = None,
    token: Annotated[
        str | None, typer.Option(help="The token, or - to read it from stdin. Asked for when absent.")
    ] = None,
) -> None:
    """Keep a token for this judge, after trying it."""
    with exit_codes():
        address = config.load(url).url
        text = _given_token(token)
        with JudgeClient(address, text, language=language()) as judge:
            account = judge.me()
        path = config.save(config.Config(address, text))
    out().print(t("Signed in to {url} as {username}.", url=clean(address), username=clean(account.username)))
    out().print(t("The token is kept in {path}, readable by you alone.", path=path), soft_wrap=True)


def _given_token(token: str | None) -> str:
    """Return the token from the option, stdin or a prompt that does not echo.

    Raises:
        typer.Exit: there is none.
    """
    if token is None and sys.stdin.isatty():
        token = str(
            typer.prompt(t("Token (made in the portal, under Settings): "), hide_input=True, prompt_suffix="")
        )
    elif token in (None, "-"):
        token = sys.stdin.readline(MAX_TOKEN)
    text = (token or "").strip()
    if not text:
        err().print(
            t("No token. Make one in the portal under Settings, then run: judge login --url {url}", url="URL")
        )
        raise typer.Exit(ExitCode.USAGE)
    return text


def logout() -> None:
    """Forget the kept token."""
    with exit_codes():
        had_one = config.forget()
    line = "Signed out. The token itself stays valid until it is revoked in the portal."
    out().print(t(line if had_one else "There was no token to forget."))


def problems(
    slug: Annotated[str | None, typer.Argument(help="Show this one.")] = None,
    contest: Annotated[str | None, typer.Option(help="Only those of this contest.")] = None,
    download: Annotated[Path | None, typer.Option(help="Fetch the problem's files into this folder.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the problems, or show one and fetch its files."""
    if slug is None and download is not None:
        raise typer.BadParameter("name a problem to download", param_hint="--download")
    with exit_codes(as_json=as_json), client(needs_token=False) as judge:
        if slug is None:
            _list_problems(judge, contest, as_json=as_json)
            return
        problem = judge.problem(slug)
        if as_json:
            print_json(dict(problem.raw))
        elif download is None:
            show_problem(problem)
        if download is not None:
            for file in problem.files:
                path = judge.download(problem.slug, file, download)
                err().print(t("Fetched {path}", path=clean(path)), soft_wrap=True)


def _list_problems(judge: JudgeClient, contest: str | None, *, as_json: bool) -> None:
    listed = judge.problems(contest=contest)
    if as_json:
        print_json([dict(problem.raw) for problem in listed])
    else:
        show_problems(listed)


def cancel(
    submission: Annotated[str, typer.Argument(help="Id of the submission.")], as_json: JsonOption = False
) -> None:
    """Take a submission back that still waits; it then costs nothing."""
    with exit_codes(as_json=as_json), client() as judge:
        found = judge.cancel(submission)
    if as_json:
        print_json(dict(found.raw))
    else:
        out().print(t("Submission {id} is cancelled.", id=clean(found.id)))


def status(
    submission_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="Show this submission.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until judging is over.")] = False,
    problem: Annotated[str | None, typer.Option(help="Only submissions to this problem.")] = None,
    contest: Annotated[str | None, typer.Option(help="Only submissions in this contest.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many to list.")] = 20,
    plots: Annotated[Path | None, typer.Option(help="Fetch the scorer's pictures into this folder.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show a submission, or list the newest of your teams. Exit codes as with submit."""
    with exit_codes(as_json=as_json), client() as judge:
        if submission_id is None:
            listed = judge.submissions(problem=problem, contest=contest, limit=limit)
            if as_json:
                print_json([dict(item.raw) for item in listed])
            else:
                show_submissions(listed)
            return
        found = judge.wait(submission_id) if wait else judge.submission(submission_id)
        if plots is not None:
            for plot in found.plots:
                err().print(
                    t("Fetched {path}", path=clean(judge.plot(found.id, plot, plots))), soft_wrap=True
                )
    if as_json:
        print_json(dict(found.raw))
    else:
        show_submission(found)
    raise typer.Exit(exit_code_of(found))


def leaderboard(
    contest: Annotated[str, typer.Argument(help="Slug of the contest; practice for the practice track.")],
    problem: Annotated[str | None, typer.Option(help="Which problem; the first one without.")] = None,
    split: Annotated[str, typer.Option(help="public, or private once it is revealed.")] = "public",
    track: Annotated[str | None, typer.Option(help="Only this track of the contest.")] = None,
    overall: Annotated[
        bool, typer.Option("--overall", help="What the problems add up to, where they do.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 50,
    offset: Annotated[int, typer.Option(min=0)] = 0,
    as_json: JsonOption = False,
) -> None:
    """Show a contest's leaderboard; your own team is marked."""
    part: dict[str, Any] = {"split": split, "track": track, "limit": limit, "offset": offset}
    with exit_codes(as_json=as_json), client(needs_token=False) as judge:
        board = judge.standings(contest, **part) if overall else None
        one = judge.leaderboard(contest, problem=problem, **part) if board is None else None
    if as_json:
        print_json(dict((board or one).raw))  # type: ignore[union-attr]  # one of them is there
    elif board is not None:
        show_standings(board)
    elif one is not None:
        show_leaderboard(one)


def select(
    submission_id: Annotated[str, typer.Argument(metavar="ID", help="The submission.")],
    undo: Annotated[bool, typer.Option("--undo", help="Take the choice back.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Choose a submission as one of your team's final ones, where the contest lets teams choose."""
    with exit_codes(as_json=as_json), client() as judge:
        choice = judge.choose(submission_id, is_selected=not undo)
    if as_json:
        print_json(dict(choice.raw))
    else:
        out().print(t("Final submissions chosen: {n} of {limit}", n=choice.n_selected, limit=choice.limit))
