"""`judge receipt replay`: judges a submission again from what is stored, and compares with its receipt."""

import sys
import tempfile
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from judge import receipts
from judge import runtime as runtimes
from judge import settings as configuration
from judge.cli.console import HomeOption, clear_errors, given
from judge.cli.exits import ExitCode
from judge.cli.providing import open_provider
from judge.cli.receipt import raw_receipt
from judge.cli.terminal import print_json
from judge.models import SignedReceipt
from judge.receipts import Verified
from judge.runtime import Runtime
from judge.services import receipts as service
from judge.worker.receipts import surroundings
from judge.worker.replay import Replay, changed_surroundings
from judge.worker.replay import replay as judge_again
from judge.worker.steps.prepare import Prepared, prepared_of
from judge.worker.verdicts import ScorerFault
from sandboxes.errors import SandboxError
from sandboxes.pool import Pool


def replay(
    receipt: Annotated[
        str, typer.Argument(help="A receipt's file, - for standard input, or the id of a submission.")
    ],
    sandbox: Annotated[
        str | None, typer.Option(help="auto, docker or local; the setting when absent.")
    ] = None,
    tolerance: Annotated[
        float, typer.Option(help="Relative difference that still counts as the same score.")
    ] = 1e-9,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
    home: HomeOption = None,
) -> None:
    """Judge a submission again from the stored upload and problem version, and compare with its receipt.

    Nothing on record is changed. Metrics that measure time are left out of the comparison.

    Exit codes: 0 the same, 1 another verdict or score, 3 no such judgement or a forged receipt, 6 it could
    not be judged.
    """
    with clear_errors():
        settings = configuration.load(**given(home=home, sandbox=sandbox))
        runtime = runtimes.build(settings)
        with closing(runtime):
            verified, prepared = _look_up(runtime, receipt)
            try:
                outcome, changed = _judged(settings, verified, prepared, tolerance)
            except (ScorerFault, SandboxError, OSError) as fault:
                sys.stderr.write(f"It could not be judged again: {type(fault).__name__}: {fault}\n")
                raise typer.Exit(ExitCode.JUDGE_ERROR) from fault
    if as_json:
        print_json(_as_dict(verified, outcome, changed))
    else:
        _show(verified, outcome, changed)
    raise typer.Exit(ExitCode.OK if outcome.is_same else ExitCode.NOT_ACCEPTED)


def _look_up(runtime: Runtime, named: str) -> tuple[Verified, Prepared]:
    """Return the receipt, checked, all its scores opened, and what it is about.

    A receipt that was handed in only names the judgement: its own scores may be sealed, ours are not.
    """
    with runtime.database.read() as session:
        known = service.public_keys(session)
        if named == "-" or Path(named).is_file():
            said = receipts.verify(receipts.read(raw_receipt(named)), known).statement
            judgement = service.find_judgement(session, said["submission"]["id"], said["judgement"]["number"])
        else:
            judgement = service.find_judgement(session, named)
        kept = session.get(SignedReceipt, judgement.id)
        if kept is None:
            raise service.not_made()
        verified = receipts.verify(receipts.read(kept.document.encode()), known)
        return verified, prepared_of(runtime, judgement, attempt=1)


def _judged(
    settings: configuration.Settings, verified: Verified, prepared: Prepared, tolerance: float
) -> tuple[Replay, dict[str, tuple[object, object]]]:
    material = prepared.material
    with (
        open_provider(settings, "replay") as provider,
        closing(Pool(provider, n_spare_cores=2)) as pool,
        tempfile.TemporaryDirectory(prefix="judge-replay-") as folder,
    ):
        outcome = judge_again(
            prepared, verified.statement, verified.opened, pool, Path(folder), tolerance=tolerance
        )
        now = surroundings(material.execute_gear, provider.report(), provider.image_digest)
    return outcome, changed_surroundings(verified.statement["made_by"], now)


def _as_dict(
    verified: Verified, outcome: Replay, changed: dict[str, tuple[object, object]]
) -> dict[str, Any]:
    return {
        "same": outcome.is_same,
        "submission": verified.statement["submission"]["id"],
        "verdict": outcome.result.verdict.value,
        "compared": outcome.n_compared,
        "differences": [asdict(one) for one in outcome.differences],
        "not_compared": list(outcome.timed),
        "changed": {name: {"was": was, "now": now} for name, (was, now) in changed.items()},
    }


def _show(verified: Verified, outcome: Replay, changed: dict[str, tuple[object, object]]) -> None:
    name = verified.statement["submission"]["id"]
    if outcome.is_same:
        line = f"{name}: the same verdict and scores ({outcome.n_compared} values compared)"
    else:
        line = f"{name}: {len(outcome.differences)} of {outcome.n_compared} values came out differently"
    sys.stdout.write(f"{line}\n")
    for one in outcome.differences:
        place = f"{one.what} ({one.split})" if one.split else one.what
        sys.stdout.write(f"  {place}: was {one.was}, now {one.now}\n")
    if outcome.timed:
        sys.stdout.write(f"  not compared, they measure time: {', '.join(outcome.timed)}\n")
    if changed:
        sys.stdout.write(f"  changed since: {', '.join(changed)}\n")
