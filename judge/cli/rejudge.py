"""`judge rejudge`: judge submissions of a contest again, look at what would change, apply or discard it."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from judge.cli.exits import ExitCode
from judge.cli.terminal import clean, connection, err, exit_codes, language, number, out, print_json, t
from judge.client.organizer import OrganizerClient

EXIT_CODES = (
    "Exit codes: 0 done · 2 usage · 3 refused (not yours, not finished, decided already) · "
    "4 token missing or invalid · 5 network or server unavailable."
)
app = typer.Typer(
    help="Judge submissions of your contests again: select, look, apply or discard.",
    no_args_is_help=True,
    epilog=EXIT_CODES,
)

Json = Mapping[str, Any]
LOOK_EVERY_S = 1.0
JsonOption = Annotated[bool, typer.Option("--json", help="Print the server's JSON.")]
IdArgument = Annotated[int, typer.Argument(metavar="ID", min=1, help="Number of the rejudging.")]
MomentOption = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], help="UTC.", metavar="WHEN"),
]


@contextmanager
def organizer(*, as_json: bool) -> Iterator[OrganizerClient]:
    """Yield a client for who runs contests; its errors end the command with a clear line."""
    with exit_codes(as_json=as_json):
        found = connection()
        with OrganizerClient(found.url, found.token, language=language()) as judge:
            yield judge


@app.command()
def create(  # noqa: PLR0913, PLR0917 - one parameter for each option
    contest: Annotated[str, typer.Argument(help="Slug of a contest that you run.")],
    reason: Annotated[
        str, typer.Option(help="What contestants read once it is applied (English).", show_default=False)
    ] = "",
    reason_zh: Annotated[str, typer.Option(help="The same in Chinese.", show_default=False)] = "",
    problem: Annotated[str | None, typer.Option(help="Only submissions to this problem.")] = None,
    version: Annotated[
        str | None, typer.Option(help="Version of --problem to judge by; the current one without it.")
    ] = None,
    phase: Annotated[int | None, typer.Option(min=0, help="Only of this phase, from 0.")] = None,
    verdict: Annotated[
        list[str] | None, typer.Option(help="Only with this result now, e.g. RTE. May be repeated.")
    ] = None,
    judged_by: Annotated[str | None, typer.Option(help="Only judged by this version now.")] = None,
    since: MomentOption = None,
    until: MomentOption = None,
    team: Annotated[list[str] | None, typer.Option(help="Only of this team. May be repeated.")] = None,
    submission: Annotated[list[str] | None, typer.Option(help="Only this one. May be repeated.")] = None,
    rejudging: Annotated[int | None, typer.Option(min=1, help="Only those of this earlier one.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count what it selects; begin nothing.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until all is judged, then show it.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Judge submissions again beside their present results, which go on counting until you apply."""
    asked = {
        "contest": contest,
        "problem": problem,
        "version": version,
        "phase": phase,
        "verdicts": verdict,
        "judged_by": judged_by,
        "since": _instant(since),
        "until": _instant(until),
        "teams": team,
        "submissions": submission,
        "rejudging": rejudging,
    }
    selection = {name: value for name, value in asked.items() if value is not None}
    with organizer(as_json=as_json) as judge:
        if dry_run:
            _show_selected(judge.count_selection(selection), as_json=as_json)
            return
        begun = judge.create_rejudging(selection, reasons={"en": reason, "zh": reason_zh})
        if wait:
            begun = _wait(judge, int(begun["id"]))
    _show(begun, as_json=as_json)


@app.command("list")
def list_rejudgings(
    contest: Annotated[str | None, typer.Option(help="Only of this contest.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 20,
    as_json: JsonOption = False,
) -> None:
    """List the newest rejudgings of your contests."""
    with organizer(as_json=as_json) as judge:
        listed = judge.rejudgings(contest=contest, limit=limit)
    if as_json:
        print_json([dict(one) for one in listed])
        return
    table = _table("Number", "Contest", "State", "Judged", "Changed", "Reason")
    for one in listed:
        progress = one["progress"]
        judged = f"{progress['n_done']}/{progress['n_total']}"
        table.add_row(
            str(one["id"]),
            clean(one["contest"]),
            t(clean(one["state"])),
            judged,
            str(progress["n_changed"]),
            clean(one["reason"]),
        )
    out().print(table)


@app.command()
def show(
    rejudging_id: IdArgument,
    changes: Annotated[bool, typer.Option("--changes", help="List what changes, too.")] = False,
    ranks: Annotated[bool, typer.Option("--ranks", help="How ranks would change; while it is open.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="With --changes: also what stays.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until all is judged.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show how far it is, the matrix old result × new result, and what changes."""
    with organizer(as_json=as_json) as judge:
        found = _wait(judge, rejudging_id) if wait else judge.rejudging(rejudging_id)
        listed = list(judge.changes(rejudging_id, is_all=everything)) if changes else None
        moved = judge.rank_changes(rejudging_id) if ranks else None
    if as_json:
        more = {"changes": listed and [dict(one) for one in listed], "ranks": moved}
        print_json({**found, **{name: value for name, value in more.items() if value is not None}})
        return
    _show(found, listed, as_json=False)
    if moved is not None:
        _show_ranks(moved)


@app.command()
def apply(
    rejudging_id: IdArgument,
    partial: Annotated[
        bool,
        typer.Option("--partial", help="Take over what can be; cancel what is not finished, leave the rest."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make its results the ones that count. Leaderboards follow, and contestants are told why."""
    with organizer(as_json=as_json) as judge:
        found = judge.rejudging(rejudging_id)
        _confirm(
            t("{n} results change. Apply rejudging {id}?", n=found["progress"]["n_changed"], id=rejudging_id),
            is_sure=yes or as_json,
        )
        done = judge.apply_rejudging(rejudging_id, is_partial=partial)
    _show(done, as_json=as_json)


@app.command()
def discard(
    rejudging_id: IdArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """End it without any change; what still waits or runs is cancelled."""
    with organizer(as_json=as_json) as judge:
        _confirm(t("Discard rejudging {id}?", id=rejudging_id), is_sure=yes or as_json)
        done = judge.discard_rejudging(rejudging_id)
    _show(done, as_json=as_json)


def _instant(typed: datetime | None) -> str | None:
    return typed.replace(tzinfo=UTC).isoformat() if typed else None


def _wait(judge: OrganizerClient, rejudging_id: int) -> Json:
    """Return the rejudging once nothing of it waits or runs; says on stderr how far it is."""
    said = -1
    while True:
        found = judge.rejudging(rejudging_id)
        progress = found["progress"]
        if progress["n_done"] != said:
            said = progress["n_done"]
            err().print(t("Judged: {n} of {total}", n=said, total=progress["n_total"]))
        if progress["is_finished"]:
            return found
        time.sleep(LOOK_EVERY_S)


def _confirm(question: str, *, is_sure: bool) -> None:
    """Ask, unless that is not wanted.

    Raises:
        typer.Exit: the answer is no.
    """
    if not is_sure and not typer.confirm(question, err=True):
        raise typer.Exit(ExitCode.USAGE)


def _show_selected(selected: Json, *, as_json: bool) -> None:
    if as_json:
        print_json(selected)
        return
    table = _table("Problem", "Version", "Selected", "Left out")
    for one in selected["problems"]:
        left_out = ", ".join(f"{t(clean(why))}: {n}" for why, n in one["skipped"].items())
        table.add_row(clean(one["problem"]), clean(one["version"]), str(one["n_selected"]), left_out)
    out().print(table)
    out().print(t("Selected: {n}", n=selected["n_selected"]))


def _show(found: Json, changes: Sequence[Json] | None = None, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    progress, console = found["progress"], out()
    console.print(
        f"{t('Rejudging {id}', id=found['id'])}  {clean(found['contest'])}  {t(clean(found['state']))}",
        style="bold",
    )
    console.print(f"  {clean(found['reason'])}")
    console.print(t("Judged: {n} of {total}", n=progress["n_done"], total=progress["n_total"]))
    console.print(t("Changed: {n}", n=progress["n_changed"]))
    for what in (found["skipped"], found.get("hindrances") or {}, found["outcome"]):
        for word, n in what.items():
            if n:
                console.print(f"  {t(clean(word))}: {n}")
    _show_matrix(found["matrix"])
    if changes is not None:
        _show_changes(changes)
    console.print(clean(found["urls"]["html"]))


def _show_matrix(cells: Sequence[Json]) -> None:
    news = sorted({cell["new"] or "…" for cell in cells})
    table = Table(t("Old result × new result"), *news, box=box.SIMPLE_HEAD, pad_edge=False)
    counted = {(cell["old"], cell["new"] or "…"): cell["n"] for cell in cells}
    for old in sorted({cell["old"] for cell in cells}):
        table.add_row(clean(old), *[str(counted.get((old, new), "·")) for new in news])
    out().print(table)


def _show_changes(changes: Sequence[Json]) -> None:
    table = _table("Submission", "Team", "Verdict", "Score", "Private score")
    for one in changes:
        old, new = one["old"], one["new"]
        is_other = old["metric"] != new["metric"]
        metric = f" ({clean(old['metric'])} → {clean(new['metric'])})" if is_other else ""
        table.add_row(
            clean(one["submission"]),
            clean(one["team"]),
            f"{old['verdict']} → {new['verdict']}",
            f"{number(old['score'])} → {number(new['score'])}{metric}",
            f"{number(old['score_private'])} → {number(new['score_private'])}",
        )
    out().print(table)


def _show_ranks(moved: Json) -> None:
    table = _table("Team", "Problem", "Split", "Rank")
    for one in moved["items"]:
        ranks = " → ".join("–" if one[name] is None else str(one[name]) for name in ("old_rank", "new_rank"))
        where = " ".join(filter(None, (clean(one["board"]), clean(one["track"]))))
        table.add_row(clean(one["team"]), clean(one["problem"] or t("overall")), where, ranks)
    out().print(table)
    out().print(t("Places that change: {n}", n=moved["n_total"]))


def _table(*columns: str) -> Table:
    return Table(*[t(column) for column in columns], box=box.SIMPLE_HEAD, pad_edge=False)
