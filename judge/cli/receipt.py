"""`judge receipt`: fetch what made a result, check that nobody changed it, judge it again."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from judge.cli.exits import ExitCode
from judge.cli.lazy import Lazy, group
from judge.cli.terminal import clean, client, err, exit_codes, number, out, print_json, print_json_error, t
from judge.errors import ReceiptRefused
from judge.receipts import MAX_BYTES, Verified, read, verify

app = typer.Typer(
    help="Receipts: what made a result, signed by the judge.",
    no_args_is_help=True,
    cls=group(
        {
            "replay": Lazy(
                "judge.cli.receipt_replay",
                "replay",
                "On the judge's own machine: judge it again from what is stored, and compare.",
                "worker",
            )
        }
    ),
)
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
FileArgument = Annotated[str, typer.Argument(help="The receipt's file, or - for standard input.")]
KeysOption = Annotated[
    Path | None,
    typer.Option(
        "--keys", help="Public keys that were kept by `judge receipt keys`; the judge is asked when absent."
    ),
]


@app.command()
def get(
    submission: Annotated[str, typer.Argument(help="Id of the submission.")],
    to: Annotated[
        Path | None, typer.Option("--out", help="File to write; standard output when absent.")
    ] = None,
) -> None:
    """Fetch the signed receipt of a submission. Private scores are in it once they are revealed."""
    with exit_codes(), client() as judge:
        text = json.dumps(judge.receipt(submission), indent=1) + "\n"
    if to is None:
        sys.stdout.write(text)
    else:
        to.write_text(text, encoding="utf-8")


@app.command()
def keys(
    to: Annotated[
        Path | None, typer.Option("--out", help="File to write; standard output when absent.")
    ] = None,
) -> None:
    """Fetch the public keys of this judge's receipts, to check receipts without it later."""
    with exit_codes(), client(needs_token=False) as judge:
        text = json.dumps(judge.receipt_keys(), indent=1) + "\n"
    if to is None:
        sys.stdout.write(text)
    else:
        to.write_text(text, encoding="utf-8")


@app.command("verify")
def verify_command(file: FileArgument, keys: KeysOption = None, as_json: JsonOption = False) -> None:
    """Check that a receipt is this judge's and was not changed; show what it says.

    Exit codes: 0 it is right, 1 it is not, 5 the judge cannot be asked for its keys.
    """
    raw = raw_receipt(file)
    with exit_codes(as_json=as_json):
        known = _kept_keys(keys) if keys else _asked_keys()
    try:
        found = verify(read(raw), known)
    except ReceiptRefused as error:
        if as_json:
            print_json_error(error.code, error.formatted(), params=error.params)
        reason = t(error.public_message, **error.params)
        err().print(t("Not valid: {reason}", reason=clean(reason)))
        raise typer.Exit(ExitCode.NOT_ACCEPTED) from error
    if as_json:
        print_json(
            {"valid": True, "key_id": found.key_id, "statement": found.statement, "opened": found.opened}
        )
        return
    _show(found)


def raw_receipt(file: str) -> bytes:
    """Return the bytes of a receipt, from a file or standard input.

    Raises:
        typer.Exit: there is no such file.
    """
    try:
        if file == "-":
            return sys.stdin.buffer.read(MAX_BYTES + 1)
        with Path(file).open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        err().print(t("{path} cannot be read: {reason}", path=file, reason=error.strerror or error))
        raise typer.Exit(ExitCode.USAGE) from error


def _asked_keys() -> dict[str, str]:
    with client(needs_token=False) as judge:
        return judge.receipt_keys()


def _kept_keys(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        err().print(t("{path} cannot be read: {reason}", path=path, reason=error))
        raise typer.Exit(ExitCode.USAGE) from error
    if not isinstance(found, dict):
        err().print(t("{path} cannot be read: {reason}", path=path, reason="no keys in it"))
        raise typer.Exit(ExitCode.USAGE)
    return {str(key_id): str(key) for key_id, key in found.items()}


def _show(found: Verified) -> None:
    out().print(
        t("Valid: signed by this judge with key {key_id}, and not changed since.", key_id=found.key_id)
    )
    statement = found.statement
    for label, value in _facts(statement):
        out().print(f"  {t(label)}: {clean(value)}", soft_wrap=True)
    for split in statement["sealed"]:
        part = found.opened.get(split)
        if part is None:
            out().print(f"  {clean(split)}: {t('sealed')}")
            continue
        values = ", ".join(f"{clean(one['key'])} {number(one['value'])}" for one in part["metrics"])
        out().print(f"  {clean(split)}: {values}", soft_wrap=True)


def _facts(statement: Mapping[str, Any]) -> list[tuple[str, object]]:
    submission, judgement = statement["submission"], statement["judgement"]
    problem, made_by = statement["problem"], statement["made_by"]
    return [
        ("Problem", f"{problem['slug']} {problem['version']}"),
        ("Submission", f"{submission['id']} ({submission['sha256']})"),
        ("Verdict", judgement["verdict"]),
        ("Judged at", judgement["ended_at"]),
        ("Sandbox", (made_by.get("sandbox") or {}).get("name", "–")),
        ("Image", made_by.get("image_digest", "–")),
    ]
