"""`judge gpus`: which GPUs there are, who has them, and lending again one that was set aside."""

import json
import sys
import time
from typing import Annotated, Any

import typer

from judge.cli.console import HomeOption, clear_errors, given
from judge.cli.exits import ExitCode

app = typer.Typer(help="GPUs that workers lend.", no_args_is_help=True)

LOOK_EVERY_S = 0.2


@app.callback()
def main() -> None:
    """GPUs that workers lend."""


@app.command("list")
def list_gpus(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
    home: HomeOption = None,
) -> None:
    """List every GPU that a worker ever announced: free, lent, offline, or quarantined and why."""
    from judge import runtime as runtimes
    from judge import settings as configuration

    with clear_errors():
        runtime = runtimes.build(configuration.load(**given(home=home)))
        try:
            rows = _rows(runtime)
        finally:
            runtime.close()
    if as_json:
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
        return
    if not rows:
        sys.stdout.write("no worker announced a GPU\n")
    for row in rows:
        sys.stdout.write(f"{row['id']}  {row['kind']}  {row['memory_mib']} MiB  {row['host']}\n")
        sys.stdout.write(f"  {row['state']}{': ' + row['detail'] if row['detail'] else ''}\n")


@app.command()
def release(
    gpu: Annotated[str, typer.Argument(help="Its id, or the beginning of it.", metavar="ID")],
    accept_memory: Annotated[
        bool,
        typer.Option(
            "--accept-memory", help="Take the memory in use now for what an idle one uses (a new driver)."
        ),
    ] = False,
    wait_s: Annotated[float, typer.Option("--wait", help="Seconds to wait for a worker to look.")] = 15.0,
    home: HomeOption = None,
) -> None:
    """Lend a quarantined GPU again: a worker that sees it looks first, and refuses while it is not clean."""
    from judge import runtime as runtimes
    from judge import settings as configuration
    from judge.clock import utc_now
    from judge.models import GpuDevice
    from judge.services import gpu_fleet

    with clear_errors():
        runtime = runtimes.build(configuration.load(**given(home=home)))
        try:
            with runtime.database.transaction() as session:
                asked = gpu_fleet.ask_release(session, gpu, now=utc_now(), is_memory_accepted=accept_memory)
            deadline = time.monotonic() + wait_s
            while True:
                with runtime.database.read() as session:
                    device = session.get_one(GpuDevice, asked.id)
                if device.release_asked_at is None or time.monotonic() > deadline:
                    break
                time.sleep(LOOK_EVERY_S)
        finally:
            runtime.close()
    if device.release_asked_at is not None:
        sys.stderr.write("no worker that sees it answered yet; it is looked at as soon as one does\n")
        raise typer.Exit(ExitCode.UNAVAILABLE)
    if device.quarantined_at is not None:
        sys.stderr.write(f"{device.uuid} stays in quarantine: {device.quarantine_reason}\n")
        raise typer.Exit(ExitCode.NOT_ACCEPTED)
    sys.stdout.write(f"{device.uuid} is lent again\n")


def _rows(runtime: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - its type would cost an import at start
    from judge.clock import utc_now
    from judge.services import gpu_fleet

    with runtime.database.read() as session:
        seen = {uuid for group in gpu_fleet.online(session, now=utc_now()) for uuid in group}
        rows = []
        for device in gpu_fleet.list_devices(session):
            state, detail = "free", ""
            if device.quarantined_at is not None:
                state, detail = "quarantined", device.quarantine_reason
            elif device.lease is not None:
                state, detail = "lent", f"to judgement {device.lease.judgement_id}, by {device.lease.worker}"
            elif device.uuid not in seen:
                state, detail = "offline", f"last seen {device.seen_at:%Y-%m-%d %H:%M:%S} UTC"
            rows.append(
                {
                    "id": device.uuid,
                    "kind": device.kind,
                    "memory_mib": device.memory_mib,
                    "is_mig": device.is_mig,
                    "host": device.host,
                    "is_online": device.uuid in seen,
                    "state": state,
                    "detail": detail,
                }
            )
    return rows
