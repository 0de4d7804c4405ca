"""Tables and lines of the team commands."""

from collections.abc import Mapping, Sequence

from judge.cli.exhibits import new_table, show_rest, show_subtasks, show_tables
from judge.cli.exits import ExitCode
from judge.cli.terminal import clean, clean_block, number, out, t
from judge.client import Leaderboard, Problem, Submission
from judge.client.standings import Standings

VERDICTS = {
    "AC": "Accepted",
    "WA": "Wrong answer",
    "PE": "Output refused (format)",
    "CE": "Does not compile",
    "RTE": "Crashed",
    "TLE": "Time limit exceeded",
    "MLE": "Memory limit exceeded",
    "OLE": "Output limit exceeded",
    "SV": "Security violation",
    "JE": "Judge error: ours, not yours; it does not count",
}
STYLES = {"AC": "bold green", "JE": "bold magenta"}
MAX_CASES = 50
MAX_OUTPUT_LINES = 40


def exit_code_of(submission: Submission, *, min_score: float | None = None) -> ExitCode:
    """Return what a script should learn of a submission.

    Args:
        submission: being judged or judged.
        min_score: for AC and WA the score decides, in the direction of the metric.
    """
    if submission.verdict == "JE":
        return ExitCode.JUDGE_ERROR
    if not submission.is_final:
        return ExitCode.OK
    if min_score is not None and submission.verdict in ("AC", "WA"):
        return ExitCode.OK if reaches(submission, min_score) else ExitCode.NOT_ACCEPTED
    return ExitCode.OK if submission.verdict == "AC" else ExitCode.NOT_ACCEPTED


def reaches(submission: Submission, wanted: float) -> bool:
    """Return whether the score is as good as `wanted`, in the direction of its metric."""
    if submission.score is None:
        return False
    key = submission.raw.get("metric")
    directions = [metric.higher_is_better for metric in submission.metrics if metric.key == key]
    is_higher_better = directions[0] if directions else True
    return submission.score >= wanted if is_higher_better else submission.score <= wanted


def show_problems(problems: Sequence[Problem]) -> None:
    """Print the list of problems."""
    if not problems:
        out().print(t("No problems yet."))
        return
    table = new_table("Problem", "Name", "Kind", "Formats", "Metric", "Largest")
    for problem in problems:
        table.add_row(
            clean(problem.slug),
            clean(problem.name),
            clean(problem.kind),
            clean(" ".join(problem.formats)),
            clean(problem.metric),
            f"{problem.max_mib:g} MiB",
        )
    out().print(table)


def show_problem(problem: Problem) -> None:
    """Print a problem with its statement."""
    console = out()
    console.print(f"{clean(problem.name)} ({clean(problem.slug)} {clean(problem.version)})", style="bold")
    console.print(clean(problem.summary))
    console.print()
    console.print(clean_block(problem.statement))
    console.print()
    if problem.files:
        table = new_table("Files", "Largest")
        for file in problem.files:
            table.add_row(clean(file.path), size_text(file.size))
        console.print(table)
    console.print(t("Submit with: judge submit FILE --problem {slug}", slug=clean(problem.slug)))


def size_text(size: int) -> str:
    """Return a number of bytes for people."""
    return f"{size / 2**20:.1f} MiB" if size >= 2**20 else f"{size / 2**10:.1f} KiB"


def show_submission(submission: Submission) -> None:
    """Print what became of a submission."""
    console = out()
    head = t("Submission {id}", id=clean(submission.id))
    console.print(f"{head}  {clean(submission.problem)}  {clean(submission.filename)}")
    verdict = submission.verdict
    if verdict is None:
        console.print(t(clean(submission.state)))
        if submission.waiting:
            console.print(f"  {clean(submission.waiting)}")
    else:
        console.print(
            f"{verdict}  {t(VERDICTS.get(verdict, verdict))}", style=STYLES.get(verdict, "bold red")
        )
    if submission.score is not None:
        metric = clean(submission.raw.get("metric", ""))
        console.print(f"{t('score')} {metric} = {number(submission.score)}")
    for message in submission.messages:
        console.print(f"  {clean(message.text)}  [{clean(message.code)}]")
    _show_metrics(submission)
    show_subtasks(submission)
    _show_cases(submission)
    show_tables(submission)
    _show_output(submission)
    _show_sandbox(submission.raw.get("sandbox"))
    if submission.url:
        console.print(clean(submission.url))


def _show_metrics(submission: Submission) -> None:
    if not submission.metrics:
        return
    table = new_table("Metric", "Split", "Value", "95 % interval", "Note")
    for metric in submission.metrics:
        table.add_row(
            clean(metric.label or metric.key),
            clean(metric.split),
            number(metric.value),
            f"{number(metric.interval[0])} – {number(metric.interval[1])}" if metric.interval else "",
            clean(metric.reason),
        )
    out().print(table)


def _show_cases(submission: Submission) -> None:
    if not submission.cases:
        return
    table = new_table("Case", "Verdict", "Score", "Note")
    for case in submission.cases[:MAX_CASES]:
        title = clean(case.title or case.name) + (f" ({clean(case.subtask)})" if case.subtask else "")
        table.add_row(title, clean(case.verdict), number(case.score), clean(case.message))
    out().print(table)
    show_rest(len(submission.cases) - MAX_CASES)


def _show_output(submission: Submission) -> None:
    """Print the end of what the program said, when it did not go well."""
    if submission.verdict in (None, "AC"):
        return
    for name in ("stdout", "stderr"):
        lines = clean_block(submission.raw.get(name) or "").splitlines()
        if lines:
            out().print(f"── {name}", style="dim")
            out().print("\n".join(lines[-MAX_OUTPUT_LINES:]))


def _show_sandbox(sandbox: object) -> None:
    if isinstance(sandbox, Mapping) and sandbox.get("is_weaker"):
        weaknesses = clean(", ".join(str(code) for code in sandbox.get("weaknesses") or ()))
        out().print(
            t("This sandbox is weaker than promised: {weaknesses}", weaknesses=weaknesses), style="dim"
        )


def show_submissions(submissions: Sequence[Submission]) -> None:
    """Print the own history."""
    if not submissions:
        out().print(t("No submissions yet."))
        return
    table = new_table("When (UTC)", "Submission {id}", "Problem", "File", "State", "Verdict", "Score")
    for submission in submissions:
        table.add_row(
            clean(submission.submitted_at[:19]),
            clean(submission.id),
            clean(submission.problem),
            clean(submission.filename)[:40],
            t(clean(submission.state)),
            clean(submission.verdict or ""),
            number(submission.score),
        )
    out().print(table)


def show_leaderboard(board: Leaderboard) -> None:
    """Print a leaderboard."""
    title = f"{clean(board.contest)} · {clean(board.problem)} · {clean(board.metric)} ({clean(board.split)})"
    out().print(title + (f" · {t('final')}" if board.raw.get("is_final") else ""), style="bold")
    if not board.rows:
        out().print(t("Nobody is ranked yet."))
        return
    others = [key for key in board.rows[0].metrics if key != board.metric]
    table = new_table("Rank", "Team", "Score", "Tries", "When (UTC)")
    for key in others:
        table.add_column(clean(key))
    for row in board.rows:
        cells = [number(row.metrics.get(key)) for key in others]
        name = ("* " if row.is_own else "") + clean(row.team)
        table.add_row(
            str(row.rank or "–"),
            name,
            number(row.score),
            str(row.n_submissions),
            clean(row.submitted_at[:19]),
            *cells,
            style="bold" if row.is_own else None,
        )
    out().print(table)
    out().print(t("Teams: {n}", n=board.n_teams))


def show_standings(board: Standings) -> None:
    """Print an overall ranking."""
    out().print(f"{clean(board.contest)} · {clean(board.format)}", style="bold")
    if not board.rows:
        out().print(t("Nobody is ranked yet."))
        return
    table = new_table("Rank", "Team", "Total", "Penalty")
    for slug in board.problems:
        table.add_column(clean(slug))
    for row in board.rows:
        table.add_row(
            str(row.rank or "–"),
            ("* " if row.is_own else "") + clean(row.team),
            number(row.total),
            str(row.penalty or ""),
            *(_cell(row.cells.get(slug)) for slug in board.problems),
            style="bold" if row.is_own else None,
        )
    out().print(table)
    out().print(t("Teams: {n}", n=board.n_teams))


def _cell(cell: Mapping[str, object] | None) -> str:
    """Return what a problem gave: points, or in ICPC's manner whether it is solved."""
    if cell is None:
        return ""
    if "points" in cell:
        return number(float(str(cell["points"])))
    sign = "+" if cell.get("solved") else "?" if cell.get("pending") else "-"
    return f"{sign}{cell.get('wrong') or ''}"
