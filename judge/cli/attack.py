"""`judge doctor --attack`: hostile programs against this machine's own sandboxes, one line for each.

Exit code 0: all were contained; 1: something got through; 2: something could not be tried.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from judge.cli.terminal import clean, out, t

if TYPE_CHECKING:
    from judge.settings import Settings
    from judge.worker.attack import Trial
    from sandboxes.attack.cards import Card
    from sandboxes.select import Kind

GOT_THROUGH = 1
NOT_RUN = 2
CHOICES = ("docker", "local")


def attack_host(settings: "Settings", *, kind: str | None, only: Sequence[str], as_json: bool) -> None:
    """Attack, print, and exit with the code that the module's docstring gives.

    Args:
        settings: say which sandbox the judge uses.
        kind: `docker` or `local`; None takes what the judge would take.
        only: parts of the names of the programs that shall run; none for all.
        as_json: print one JSON document instead of lines.

    Raises:
        typer.Exit: always.
    """
    from sandboxes.attack.cards import BadCard, load_cards
    from sandboxes.errors import SandboxError

    try:
        cards = [card for card in load_cards() if not only or any(word in card.name for word in only)]
        chosen = _kind(kind or settings.sandbox)
        if not cards:
            _stop(t("No hostile program has {word} in its name.", word=clean(" ".join(only))))
        code = _attack(settings, cards, chosen, as_json=as_json)
    except (BadCard, SandboxError, OSError) as error:
        _stop(t("The attacks could not be run: {reason}", reason=clean(error)))
    raise typer.Exit(code)


def _kind(word: str) -> "Kind":
    if word == "docker":
        return "docker"
    if word == "local":
        return "local"
    if word != "auto":
        _stop(t("Unknown sandbox {word}: docker or local.", word=clean(word)))
    return "auto"


def _attack(settings: "Settings", cards: Sequence["Card"], kind: "Kind", *, as_json: bool) -> int:
    from judge.worker.attack import attack, besieged
    from sandboxes.gpus import find_inventory
    from sandboxes.select import select_provider

    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="judge-attack-run-") as name:
        Path(name).chmod(0o711)  # an engine that maps users must be able to pass
        provider = select_provider(
            kind,
            allow_local=True,
            owner=f"attack-{os.getpid()}",
            run_dir=Path(name),
            hidden=[settings.home],
            image="python",
            docker_runtime=settings.docker_runtime or None if kind != "local" else None,
        )
        try:
            gpus = find_inventory().list_gpus() if provider.name == "docker" else ()
            tried = [card for card in cards if gpus or not card.needs_gpu]
            if not as_json:
                _announce(provider.name, len(tried), [card for card in cards if card not in tried])
            with besieged(provider, tuple(gpu.id for gpu in gpus[:1])) as siege:
                trials = attack(tried, siege, _ignore if as_json else _print)
        finally:
            provider.close()
    took_s = time.monotonic() - started
    _conclude(provider.name, trials, took_s, as_json=as_json)
    if any(trial.could_run and not trial.is_contained for trial in trials):
        return GOT_THROUGH
    return 0 if all(trial.could_run for trial in trials) else NOT_RUN


def _announce(name: str, n: int, left_out: list["Card"]) -> None:
    """Say beforehand what will be done to the machine."""
    out().print(
        t(
            "{n} hostile programs will be run against the sandbox {name}, two at a time. Together they may "
            "take 2 cores, 6 GiB of memory and some minutes. Files with made-up secrets are laid out in your "
            "home and temporary folders meanwhile, and removed at the end. A sandbox that fails may harm "
            "this machine.",
            n=n,
            name=name,
        )
    )
    for card in left_out:
        out().print(f"– {card.name}: {t('not tried, as there is no GPU here')}")


def _print(trial: "Trial") -> None:
    """Print what was tried and how it went."""
    if trial.is_contained:
        word, style = t("contained"), "green"
    elif trial.could_run:
        word, style = t("NOT contained"), "bold red"
    else:
        word, style = t("not tried"), "yellow"
    verdicts = "/".join(trial.verdicts)
    out().print(
        f"{word}  {trial.card.name}: {trial.card.title} [{verdicts}, {trial.took_s:.1f} s]", style=style
    )
    if trial.complaint:
        out().print(f"    {t('It tries')} {trial.card.tries}\n    {clean(trial.complaint)}")


def _conclude(name: str, trials: Sequence["Trial"], took_s: float, *, as_json: bool) -> None:
    n_contained = sum(trial.is_contained for trial in trials)
    n_not_run = sum(not trial.could_run for trial in trials)
    if as_json:
        rows = [
            {
                "name": trial.card.name,
                "title": trial.card.title,
                "tries": trial.card.tries,
                "covers": list(trial.card.covers),
                "verdicts": list(trial.verdicts),
                "is_contained": trial.is_contained,
                "could_run": trial.could_run,
                "complaint": clean(trial.complaint),
                "took_s": round(trial.took_s, 2),
            }
            for trial in trials
        ]
        document = {"sandbox": name, "took_s": round(took_s, 1), "n_contained": n_contained, "attacks": rows}
        sys.stdout.write(json.dumps(document, indent=1) + "\n")
        return
    out().print(
        t(
            "{n} of {total} contained, {through} got through, {not_run} could not be tried ({took_s} s).",
            n=n_contained,
            total=len(trials),
            through=len(trials) - n_contained - n_not_run,
            not_run=n_not_run,
            took_s=f"{took_s:.0f}",
        ),
        style="bold",
    )


def _ignore(_trial: "Trial") -> None:
    """JSON is printed at the end."""


def _stop(line: str) -> NoReturn:
    sys.stderr.write(line + "\n")
    raise typer.Exit(NOT_RUN)
