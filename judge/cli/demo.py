"""`judge demo`: a whole judge at work, from nothing to ranked leaderboards, with one command."""

import signal
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

from judge import runtime as runtimes
from judge import settings as configuration
from judge.cli.console import clear_errors, given
from judge.cli.exits import ExitCode
from judge.client.errors import ClientError
from judge.clock import utc_now
from judge.runtime import Runtime
from judge.services.images import is_current, list_images
from judge.settings import Settings, child_environment
from judge.stack import catalogue, demo_run, small_model
from judge.stack.child import Child, ChildSpec, start
from judge.stack.demo_board import Progress, print_leaderboards
from judge.stack.demo_people import Person, prepare_people
from judge.stack.home import find_running
from judge.stack.parts import JUDGE_COMMAND, PROBE_S, find_free_port
from judge.stack.runner_images import ensure_images
from judge.stack.supervisor import StackFailed
from problems.loader import Package

WIDTH_OF_FILES = 140
SMALL_MODEL_PORT = 8035
DEFAULT_HOME = Path(".judge/demo")


class Interrupted(Exception):
    """Somebody asked the demo to stop."""


def demo(
    detach: Annotated[bool, typer.Option("--detach", help="Stop everything after the leaderboards.")] = False,
    home: Annotated[Path, typer.Option(help="Folder of everything the demo keeps.")] = DEFAULT_HOME,
    port: Annotated[
        int | None, typer.Option(help="Preferred port, else JUDGE_WEB_BIND's; the next free one is taken.")
    ] = None,
) -> None:
    """Run a judge with the catalogue's problems, hand in every example submission, show the leaderboards."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH_OF_FILES)
    with clear_errors(), _interruptible():
        try:
            passed = _run(console, home=home.absolute(), port=port, detach=detach)
        except Interrupted:
            passed = True
        except ClientError as error:
            console.print(f"The demo ended early: {error}", style="red", markup=False)
            raise typer.Exit(ExitCode.UNAVAILABLE) from error
    if not passed:
        raise typer.Exit(ExitCode.NOT_ACCEPTED)


def _run(console: Console, *, home: Path, port: int | None, detach: bool) -> bool:
    """Run the demo; returns whether every example got what it promises."""
    with _stack(console, home, port) as (settings, own_stack):
        console.print("\n[bold]Accounts and competition[/]")
        packages = catalogue.build_all(settings, lambda line: console.print(f"  {line}"))
        runtime = runtimes.build(settings)
        try:
            people = prepare_people(runtime)
            images = _runner_images(runtime)
        finally:
            runtime.close()
        trials = demo_run.plan(packages, people, images)
        for line in _left_out(packages, images):
            console.print(f"  {line}", markup=False)
        console.print(
            f"\n[bold]Handing in {len(trials)} example submissions over {settings.public_url}/api/v1[/]"
        )
        progress = Progress(console, trials)
        with progress.shown():
            demo_run.run(settings.public_url, trials, progress.on_change)
        console.print("\n[bold]Leaderboards[/]")
        print_leaderboards(console, settings.public_url, people, trials)
        failures = [trial for trial in trials if trial.complaint]
        for trial in failures:
            line = f"✘ {trial.package.spec.slug}/{trial.example.name}: {trial.complaint}"
            console.print(line, style="red", markup=False)
        if not failures:
            console.print(f"[green]All {len(trials)} example submissions were judged as expected.[/]")
        _print_people(console, settings, people)
        if own_stack is not None and not detach:
            console.print("The portal is running. Ctrl-C stops it and everything else that was started here.")
            _wait_for_end(own_stack)
    return not failures


def _runner_images(runtime: Runtime) -> set[str]:
    """Return the runner images that the judge has now, once its worker has said so."""
    with runtime.database.read() as session:
        return {image.name for image in list_images(session) if is_current(image, now=utc_now())}


def _left_out(packages: Sequence[Package], images: Collection[str]) -> Iterator[str]:
    for package in packages:
        names = [one.name for one in package.examples if not demo_run.can_run(package, one, images)]
        if names:
            yield f"{package.spec.slug}: {', '.join(names)} left out: nothing here runs their languages"


@contextmanager
def _stack(console: Console, home: Path, port: int | None) -> Iterator[tuple[Settings, Child | None]]:
    """Have a running stack on the demo's home: the one that is there already, or one of our own."""
    running = find_running(home) if home.is_dir() else None
    if running is not None:
        console.print(f"The demo's judge is running already at {running.url}; it is used and left running.")
        with_model = small_model.is_installed()
        yield configuration.load(**given(home=home, public_url=running.url, small_model=with_model)), None
        return
    wanted = port or int(configuration.load(**given(home=home)).web_bind.rpartition(":")[2])
    bind = f"127.0.0.1:{find_free_port(wanted)}"
    settings = configuration.load(
        **given(
            home=home,
            web_bind=bind,
            public_url=f"http://{bind}",
            small_model=small_model.is_installed(),
            small_model_port=find_free_port(SMALL_MODEL_PORT),
        )
    )
    for item in catalogue.pending_downloads(settings):
        console.print(f"will download the data package {item.name} ({item.mib:.1f} MiB)")
    ensure_images(settings, lambda line: console.print(line, markup=False))
    console.print(f"[bold]Starting the judge[/] below {home}")
    child = start(
        ChildSpec(
            name="stack",
            argv=[*JUDGE_COMMAND, "up", "--publish"],
            environment=child_environment(settings),
            log_path=home / "logs" / "up.log",
            is_ready=lambda: find_running(home) is not None,
            stop_grace_s=40.0,
        )
    )
    try:
        _await_ready(console, child)
        yield settings, child
    finally:
        child.stop()
        console.print("Everything that was started here is stopped.")


def _await_ready(console: Console, child: Child) -> None:
    """Show what the stack says until it is ready.

    Raises:
        StackFailed: it ended before that.
    """
    with child.spec.log_path.open(encoding="utf-8", errors="replace") as log:
        log.seek(child.log_offset)
        while True:
            is_ready, has_ended = child.spec.is_ready(), child.has_ended()
            for line in log:
                console.print(f"  {line.rstrip()}", markup=False)
            if has_ended:
                raise StackFailed(
                    "The judge did not start; see above and {log}.", params={"log": child.spec.log_path}
                )
            if is_ready:
                return
            time.sleep(PROBE_S)


def _wait_for_end(child: Child) -> None:
    """Wait for Ctrl-C, or for the stack to end by itself."""
    child.process.wait()


def _print_people(console: Console, settings: Settings, people: list[Person]) -> None:
    """Print the address and how to sign in."""
    console.print(f"\n[bold]Portal[/]  {settings.public_url}")
    for person in people:
        where = f"  team {person.team}" if person.team else ""
        password = person.password or "(set in the portal)"
        console.print(f"  {person.username:<8} {password:<16} {person.role}{where}", markup=False)
    console.print(f"  (kept in {settings.home / 'demo-accounts.json'})\n", markup=False)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Turn the first SIGINT, SIGTERM or SIGHUP into `Interrupted`; later ones wait for the clean-up."""
    seen: list[int] = []

    def interrupt(number: int, _frame: FrameType | None) -> None:
        if not seen:
            seen.append(number)
            sys.stdout.write("\n")
            raise Interrupted

    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, interrupt) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
